"""All that tells how good we are: what was said, and what became of it.

In: which repositories are shown. Out: `RecordFacts`; read only. What was said is kept for ever, as
incidents are; what was believed then goes with the facts, after `FACTS_DAYS`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, select, tuple_

from bot.core.model import ACCUSING, BuildRef, Incident, IncidentState
from bot.core.model.commands import Feedback, Override
from bot.core.ports import Clock
from bot.core.ports.record import Accusation, RecordFacts
from bot.store.builds import SqlBuilds
from bot.store.command_rows import parse_feedback, parse_override
from bot.store.engine.database import Database, chunks, shielded
from bot.store.engine.page_tables import decisions
from bot.store.engine.tables import builds, incidents, labels, rulings, said, speech
from bot.store.incidents import IS_OF_COMMENT
from bot.store.json_documents import parse_incident_document
from bot.store.read_models.visible import Visible, is_visible

_MOST = 5000  # of each: many years of a busy fleet's comments
_ACCUSING = sorted(verdict.value for verdict in ACCUSING)


@dataclass(frozen=True, slots=True)
class _Read:
    """What one transaction reads."""

    accusations: Sequence[Accusation]
    incidents: Mapping[tuple[int, str], Incident]
    overrides: Sequence[Override]
    feedback: Sequence[Feedback]
    ended: Mapping[BuildRef, datetime]


class RecordFactsPages:
    """Implements `ports.record.RecordStore` on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._facts = SqlBuilds(database, clock)

    @shielded
    async def load_record_facts(self, visible: Visible = None) -> RecordFacts:
        """All that is kept."""

        def load(connection: Connection) -> _Read:
            known = _load_incidents(connection, visible)
            accusations = _load_accusations(connection, visible)
            own = [known.get((a.repo_id, a.incident_id)) for a in accusations]
            return _Read(
                accusations=accusations,
                incidents=known,
                overrides=_load_overrides(connection, visible),
                feedback=_load_feedback(connection, visible),
                ended=_load_ends(connection, [i for i in own if i is not None]),
            )

        read = await self._database.read_at_once(load, single=False)
        places = sorted({(repo_id, i.branch) for (repo_id, _), i in read.incidents.items()})
        lines = {place: await self._facts.load_line(*place) for place in places}
        return RecordFacts(
            *(read.accusations, read.incidents, lines),
            overrides=read.overrides,
            feedback=read.feedback,
            ended=read.ended,
        )


def _load_incidents(connection: Connection, visible: Visible) -> dict[tuple[int, str], Incident]:
    found = (
        select(incidents.c.repo_id, incidents.c.id, incidents.c.document)
        .where(is_visible(incidents, visible))
        .order_by(incidents.c.opened_at.desc(), incidents.c.id)
        .limit(_MOST)
    )
    rows = connection.execute(found)
    return {(row.repo_id, row.id): parse_incident_document(row.document) for row in rows}


def _load_accusations(connection: Connection, visible: Visible) -> list[Accusation]:
    """One for each incident and pull, however often its text changed since."""
    found = (
        select(said, speech.c.comment_id, speech.c.posted_at)
        .join(speech, IS_OF_COMMENT)
        .where(is_visible(said, visible))
        .order_by(said.c.at.desc(), said.c.number, said.c.position)
        .limit(_MOST)
    )
    rows = connection.execute(found).mappings().all()
    beliefs = _load_first_beliefs(connection, {row["incident_id"] for row in rows})
    made: dict[tuple[int, int, str], Accusation] = {}
    for row in rows:
        place = row["repo_id"], row["number"], row["incident_id"]
        if place not in made:
            made[place] = _make_accusation(row, beliefs.get(place))
    return list(made.values())


def _make_accusation(row: RowMapping, belief: tuple[datetime, float] | None) -> Accusation:
    """When it was told: as it was first believed so, or when it was posted if that was later."""
    at, confidence = belief or (row["at"], None)
    posted = row["posted_at"]
    return Accusation(
        repo_id=row["repo_id"],
        number=row["number"],
        incident_id=row["incident_id"],
        told_at=at if posted is None else max(at, posted),
        confidence=confidence,
        is_posted=posted is not None or row["comment_id"] is not None,
        is_withdrawn=row["state"] == IncidentState.WITHDRAWN.value,
    )


def _load_first_beliefs(
    connection: Connection, ids: Collection[str]
) -> dict[tuple[int, int, str], tuple[datetime, float]]:
    """When each pull was first accused of an incident, and how surely."""
    first: dict[tuple[int, int, str], tuple[datetime, float]] = {}
    for some in chunks(sorted(ids)):
        wanted = and_(decisions.c.subject.in_(some), decisions.c.verdict.in_(_ACCUSING))
        columns = (decisions.c.repo_id, decisions.c.pull, decisions.c.subject)
        found = select(*columns, decisions.c.at, decisions.c.confidence).where(wanted)
        for repo_id, pull, subject, at, confidence in connection.execute(
            found.order_by(decisions.c.position)
        ):
            if pull is not None:
                first.setdefault((repo_id, pull, subject), (at, confidence))
    return first


def _load_overrides(connection: Connection, visible: Visible) -> list[Override]:
    stands = and_(rulings.c.undone_by.is_(None), is_visible(rulings, visible))
    rows = connection.execute(select(rulings).where(stands)).mappings()
    return [parse_override(row) for row in rows]


def _load_feedback(connection: Connection, visible: Visible) -> list[Feedback]:
    stands = and_(labels.c.undone.is_(False), is_visible(labels, visible))
    rows = connection.execute(select(labels).where(stands)).mappings()
    return [parse_feedback(row) for row in rows]


def _load_ends(connection: Connection, known: Iterable[Incident]) -> dict[BuildRef, datetime]:
    """When the builds ended that bound the ranges of these."""
    refs = {
        ref
        for i in known
        for r in i.ranges
        for ref in (r.last_good_build, r.first_bad_build)
        if ref
    }
    return dict(_find_ends(connection, sorted(refs)))


def _find_ends(
    connection: Connection, refs: Sequence[BuildRef]
) -> Iterator[tuple[BuildRef, datetime]]:
    for some in chunks(refs):
        own: Any = tuple_(builds.c.source, builds.c.buildid).in_([tuple(ref) for ref in some])
        found = select(builds.c.source, builds.c.buildid, builds.c.complete_at).where(own)
        for source, buildid, end in connection.execute(found):
            if end is not None:
                yield BuildRef(source, buildid), end
