"""What repositories say of themselves, beside all other tables."""

from sqlalchemy import BigInteger, Table, Text

from bot.store.engine.column_types import key, may, must
from bot.store.engine.tables import metadata

repository_settings = Table(  # what repositories say of themselves in a file of theirs
    "repository_settings",
    metadata,
    key("repo_id", BigInteger),
    may("blob", Text),  # git's name of what was read last; NULL: there is no file
    may("good"),  # the last text without a mistake
    must("problems"),  # JSON: of what was read last
    may("told_sha", Text),  # the commit under which they were told
    may("known_flaky"),  # JSON: the flaky tests that it lists; NULL: none
)
