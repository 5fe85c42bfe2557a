"""A search over incidents, pulls, tests, builders, workers and messages.

In: words, whatever their case. Out: what holds all of them. Words of three letters and more are
looked up by trigrams; shorter ones are looked for in what those found, or in all.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, column, select, table, true

from bot.core.ports.search import Hit, HitKind
from bot.store.engine.database import Database, shielded
from bot.store.engine.search_tables import search
from bot.store.engine.tables import repositories
from bot.store.read_models.visible import (
    LAST_OFFSET,
    REPOSITORY,
    Visible,
    is_visible,
    make_repository,
)

_MOST_WORDS = 8
_LONGEST = 100  # letters of a word
_MATCHES = 2000  # that are put in order: who finds more gives another word

_ORDER = case({kind.value: n for n, kind in enumerate(HitKind)}, value=search.c.kind)
_TEXT = table("search_text", column("rowid"), column("words"))


class SearchPages:
    """Implements `ports.search.SearchStore` on the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @shielded
    async def search(
        self, text: str, offset: int, limit: int, visible: Visible = None
    ) -> Sequence[Hit]:
        """What holds every word of the text; none of an empty one."""
        words = [word[:_LONGEST] for word in text.replace("\0", " ").split()[:_MOST_WORDS]]
        if not words:
            return ()
        async with self._database.read() as connection:
            matches = _select_matches(connection.dialect.name, words, visible)
            found = (
                select(*REPOSITORY, search.c.kind, search.c.name, search.c.title, search.c.at)
                .join(repositories, repositories.c.repo_id == search.c.repo_id)
                .where(search.c.id.in_(matches))
                .order_by(_ORDER, search.c.at.desc(), search.c.id)
                .offset(min(offset, LAST_OFFSET))
                .limit(limit)
            )
            rows = (await connection.execute(found)).all()
        return [
            Hit(HitKind(row.kind), row.name, row.title, make_repository(row), row.at)
            for row in rows
        ]


def _select_matches(
    dialect: str, words: Sequence[str], visible: Visible
) -> Select[*tuple[Any, ...]]:
    long = [word for word in words if len(word) >= 3]
    # What trigrams find is the same whatever the dialect; each has its own way to ask.
    rest = words if dialect == "postgresql" else [word for word in words if len(word) < 3]
    wanted = and_(true(), *(search.c.words.icontains(word, autoescape=True) for word in rest))
    found = select(search.c.id).where(wanted, is_visible(search, visible))
    if long and dialect != "postgresql":
        found = found.join(_TEXT, _TEXT.c.rowid == search.c.id).where(_match(long))
    return found.limit(_MATCHES)


def _match(words: Sequence[str]) -> ColumnElement[bool]:
    """Every word as a phrase: within quotes nothing but a quote means anything to FTS5."""
    phrases = ('"' + word.replace('"', '""') + '"' for word in words)
    return _TEXT.c.words.match(" AND ".join(phrases))
