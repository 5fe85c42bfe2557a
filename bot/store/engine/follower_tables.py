"""The table of who asked on which pull to be mentioned there."""

from sqlalchemy import BigInteger, Table

from bot.store.engine.column_types import UtcDateTime, key, must
from bot.store.engine.tables import metadata

followers = Table(
    "followers",
    metadata,
    key("repo_id", BigInteger),
    key("number", BigInteger),
    key("login"),  # in small letters
    must("person"),  # as GitHub writes it
    must("since", UtcDateTime),
)
