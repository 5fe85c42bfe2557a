"""The store in figures, for `/metrics`, `/health` and the command line; read only.

In: the tables of the road. Out: counts and ages by kind, whose number has a bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select

from bot.core.model import IncidentState, RefusedComment
from bot.core.model.commands import FeedbackKind
from bot.core.ports import Clock
from bot.store.engine.database import Database, shielded
from bot.store.engine.tables import inbox, incidents, labels, repositories, said, speech
from bot.store.inbox.inbox import is_free
from bot.store.inbox.key_rows import KNOWN_KINDS
from bot.store.unsaid_comments import find_refused

_REFUSALS = 10
_DRY_RUN = "this is a dry run"


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """The keys of one kind: how many, and since when the oldest that is due waits."""

    kind: str
    count: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class IncidentFigures:
    """How many incidents have this verdict and state."""

    verdict: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class Record:
    """What became of our own verdicts, in incidents; what people took back does not count."""

    told: int  # in all comments, as they have it now
    withdrawn: int  # of those
    objected: int
    right: int  # as maintainers or reverts say
    wrong: int  # as maintainers say


_RIGHT = (FeedbackKind.AFFIRMED.value, FeedbackKind.REVERTED.value)
_WRONG = (FeedbackKind.OTHER.value, FeedbackKind.FLAKY.value, FeedbackKind.ENVIRONMENT.value)


class Statistics:
    """Implements `web.metrics.FigureStore` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @shielded
    async def load_keys(self) -> Sequence[KeyFigures]:
        """The inbox by kind of key; what somebody works on is not overdue."""
        times = self._database.times(self._clock.now())
        overdue = and_(inbox.c.run_at <= times.now, is_free(times))
        found = (
            select(
                inbox.c.kind,
                func.count().label("count"),
                times.ours(func.min(case((overdue, inbox.c.run_at)))).label("oldest"),
            )
            .where(inbox.c.kind.in_(KNOWN_KINDS))
            .group_by(inbox.c.kind)
            .order_by(inbox.c.kind)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(found)).all()
        return [KeyFigures(kind, count, oldest) for kind, count, oldest in rows]

    @shielded
    async def load_incidents(self) -> Sequence[IncidentFigures]:
        """Incidents by verdict and state."""
        found = (
            select(incidents.c.verdict, incidents.c.state, func.count())
            .group_by(incidents.c.verdict, incidents.c.state)
            .order_by(incidents.c.verdict, incidents.c.state)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(found)).all()
        return [IncidentFigures(verdict, state, count) for verdict, state, count in rows]

    @shielded
    async def load_record(self) -> Record:
        """What people and reverts say of our verdicts, and how many we took back ourselves."""
        is_withdrawn = case((said.c.state == IncidentState.WITHDRAWN.value, said.c.incident_id))
        one = labels.c.incident_id
        words = select(
            *(
                func.count(case((labels.c.word.in_(meant), one)).distinct())
                for meant in ((FeedbackKind.OBJECTED.value,), _RIGHT, _WRONG)
            )
        ).where(labels.c.undone.is_(False))
        spoken = select(
            func.count(said.c.incident_id.distinct()), func.count(is_withdrawn.distinct())
        )
        async with self._database.read() as connection:
            told, withdrawn = (await connection.execute(spoken)).one()
            objected, right, wrong = list((await connection.execute(words)).one())
        return Record(told, withdrawn, objected, right, wrong)

    @shielded
    async def load_refusals(self, *, posts: bool) -> Sequence[RefusedComment]:
        """Comments that are wanted and do not stand, newest first; in a dry run false ones only.

        A bounded number.
        """
        found = (
            select(
                repositories.c.full_name,
                speech.c.number,
                speech.c.comment_id.is_not(None),
                speech.c.why_silent,
            )
            .join(repositories, repositories.c.repo_id == speech.c.repo_id)
            .where(find_refused(posts=posts))
            .order_by(speech.c.comment_id.is_(None), speech.c.repo_id, speech.c.number.desc())
            .limit(_REFUSALS)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(found)).all()
        return [
            RefusedComment(f"{name}#{number}", stands, why or _DRY_RUN)
            for name, number, stands, why in rows
        ]
