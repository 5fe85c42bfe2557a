"""The store in figures, for `/metrics`, `/health` and the command line; read only.

In: the tables of the road. Out: counts and ages by kind, whose number has a bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select

from bot.core.model import IncidentState
from bot.core.people import Word
from bot.ports import Clock
from bot.store.engine import Database, uncancelled
from bot.store.inbox import is_free
from bot.store.keys import KNOWN_KINDS
from bot.store.tables import inbox, incidents, labels, repositories, said, speech

_REFUSALS = 10


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


_RIGHT = (Word.AFFIRMED.value, Word.REVERTED.value)
_WRONG = (Word.OTHER.value, Word.FLAKY.value, Word.ENVIRONMENT.value)


class Figures:
    """Implements `web.metrics.FigureStore` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @uncancelled
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

    @uncancelled
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

    @uncancelled
    async def load_record(self) -> Record:
        """What people and reverts say of our verdicts, and how many we took back ourselves."""
        is_withdrawn = case((said.c.state == IncidentState.WITHDRAWN.value, said.c.incident_id))
        one = labels.c.incident_id
        words = select(
            *(
                func.count(case((labels.c.word.in_(meant), one)).distinct())
                for meant in ((Word.OBJECTED.value,), _RIGHT, _WRONG)
            )
        ).where(labels.c.undone.is_(False))
        spoken = select(
            func.count(said.c.incident_id.distinct()), func.count(is_withdrawn.distinct())
        )
        async with self._database.read() as connection:
            told, withdrawn = (await connection.execute(spoken)).one()
            objected, right, wrong = list((await connection.execute(words)).one())
        return Record(told, withdrawn, objected, right, wrong)

    @uncancelled
    async def load_refusals(self) -> Sequence[str]:
        """Comments on what is still open that are wanted, do not stand, and have a reason."""
        accused = (
            select(incidents.c.id)
            .where(
                incidents.c.repo_id == speech.c.repo_id,
                incidents.c.pull == speech.c.number,
                incidents.c.state == IncidentState.OPEN.value,
            )
            .exists()
        )
        found = (
            select(repositories.c.full_name, speech.c.number, speech.c.why_silent)
            .join(repositories, repositories.c.repo_id == speech.c.repo_id)
            .where(
                speech.c.why_silent.is_not(None),
                speech.c.wanted.is_distinct_from(speech.c.standing),
                speech.c.held_rank.is_(None),  # held back by us, not by GitHub
                accused,
            )
            .order_by(speech.c.repo_id, speech.c.number.desc())
            .limit(_REFUSALS)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(found)).all()
        return [f"{name}#{number}: {why}" for name, number, why in rows]
