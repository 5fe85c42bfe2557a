"""What was decided, newest first: beliefs of incidents, and what is to be said on pulls."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, and_, select

from bot.core.model import Repository
from bot.core.model.decisions import Belief, CommentDecision
from bot.core.ports.details import Decided
from bot.store.decisions import name_pull, parse_belief, parse_comment_decision
from bot.store.engine.database import Database, shielded
from bot.store.engine.page_tables import decisions
from bot.store.engine.tables import repositories
from bot.store.read_models.visible import LAST_OFFSET, Visible, is_visible

_MOST = 2000  # of one incident; each is another thing that people were told


class DecisionPages:
    """The part of `ports.DetailStore` that is about decisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @shielded
    async def load_decisions(
        self, offset: int, limit: int, visible: Visible = None
    ) -> Sequence[Decided]:
        """What was decided, newest first."""
        page = (
            select(decisions, repositories.c.full_name, repositories.c.default_branch)
            .join(repositories, repositories.c.repo_id == decisions.c.repo_id)
            .where(is_visible(decisions, visible))
            .order_by(decisions.c.at.desc(), decisions.c.subject, decisions.c.position.desc())
            .offset(min(offset, LAST_OFFSET))
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(page)).mappings().all()
        return [_make_decided(row) for row in rows]


def load_beliefs(connection: Connection, repo_id: int, incident_id: str) -> tuple[Belief, ...]:
    """What was believed of an incident, as it followed."""
    return tuple(parse_belief(row) for row in _load(connection, repo_id, incident_id))


def load_comment_decisions(
    connection: Connection, repo_id: int, number: int
) -> tuple[CommentDecision, ...]:
    """What was to be said on a pull, as it followed."""
    rows = _load(connection, repo_id, name_pull(number))
    return tuple(parse_comment_decision(row) for row in rows)


def _load(connection: Connection, repo_id: int, subject: str) -> Sequence[RowMapping]:
    own = and_(decisions.c.repo_id == repo_id, decisions.c.subject == subject)
    newest = select(decisions).where(own).order_by(decisions.c.position.desc()).limit(_MOST)
    return connection.execute(newest).mappings().all()[::-1]


def _make_decided(row: RowMapping) -> Decided:
    of_pull = row["subject"] == name_pull(row["pull"] or 0)
    return Decided(
        at=row["at"],
        repository=Repository(row["repo_id"], row["full_name"], row["default_branch"]),
        incident_id=None if of_pull else row["subject"],
        belief=None if of_pull else parse_belief(row),
        comment=parse_comment_decision(row) if of_pull else None,
    )
