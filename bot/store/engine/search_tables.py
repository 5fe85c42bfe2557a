"""What is searched: one row for each thing that people look for.

On SQLite a table `search_text` of FTS5, with trigrams, follows it by triggers; on PostgreSQL an
index of `pg_trgm`, where the server lets us have it. Migrations make both.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from bot.store.engine.column_types import UtcDateTime, may, must
from bot.store.engine.tables import metadata

# On SQLite only an INTEGER is the rowid, which the table of trigrams points to.
_ROW = BigInteger().with_variant(Integer, "sqlite")

search = Table(
    "search",
    metadata,
    Column("id", _ROW, primary_key=True, autoincrement=False),  # made of what it is about
    must("repo_id", BigInteger),
    must("kind", Text),
    must("name"),
    must("title"),  # what is told of it
    must("words"),  # what is searched
    must("at", UtcDateTime),
    may("seen_at", UtcDateTime),  # when it was stored; NULL: it is kept as long as its incident
)

Index(None, search.c.seen_at)

TRIGRAM_INDEX = "ix_search_words_trigrams"
"""On PostgreSQL; where it is missing, a search reads the whole table."""
