"""Which builders are in the wrong place: too red to be stable, too green not to be, or gone quiet.

In: the latest builds of each builder, its month in figures, open incidents, when each last built.
Out: advice with its numbers, for people to act on; nothing is ever changed by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.fleet.builder_record import BuilderRecord, RecentBuild
from bot.core.fleet.release import IDLE_AFTER
from bot.core.model import ACCUSING, Incident, IncidentState
from bot.core.model.build_results import is_green
from bot.core.model.counts import count_words, name_some

MONTH = timedelta(days=30)
GREENS = 10
"""CPython's devguide: a builder is made stable once it has been green for long; so many in a row
hardly happen to one that fails in one build of five."""
LONG_GREEN = timedelta(days=7)
"""Ten builds of an afternoon all built nearly the same commits."""

_FEWEST = 10  # builds of a month that say something of a builder
_FAILED = 0.5  # of them: whoever looks at it learns nothing
_BROKEN = 0.3  # builds that the machine ended
_REDS = 10  # in a row


class AdviceKind(StrEnum):
    """What is advised."""

    DEMOTE = "demote"
    PROMOTE = "promote"
    WORKER_AWAY = "worker away"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece, with the figures that it rests on."""

    kind: AdviceKind
    name: str  # of a builder, or a worker
    words: str


@dataclass(frozen=True, slots=True)
class BuilderMonth:
    """A builder's builds of `MONTH`."""

    told: int  # that say something
    failed: int
    broken: int  # exceptions and retries


@dataclass(frozen=True, slots=True)
class LastSeen:
    """A builder or worker that is configured, and when it last finished a build."""

    name: str
    known_since: datetime
    built_at: datetime | None
    builders: tuple[str, ...] = ()  # of a worker


@dataclass(frozen=True, slots=True)
class AdviceFacts:
    """What advice rests on, beside the latest builds."""

    months: Mapping[str, BuilderMonth]
    builders: Sequence[LastSeen]
    workers: Sequence[LastSeen]


NO_FACTS = AdviceFacts({}, (), ())


def advise(
    records: Iterable[tuple[BuilderRecord, Sequence[Incident]]], facts: AdviceFacts, now: datetime
) -> tuple[Advice, ...]:
    """Each record comes with the incidents of its branch; one piece for each builder and worker."""
    found: dict[tuple[AdviceKind, str], Advice] = {}
    for record, incidents in records:
        piece = _judge(record, incidents, facts.months.get(record.builder), now)
        if piece is not None:
            found.setdefault((piece.kind, piece.name), piece)
    for piece in (*_list_silent(facts.builders, now), *_list_away(facts.workers, now)):
        found[piece.kind, piece.name] = piece
    kinds = list(AdviceKind)
    return tuple(sorted(found.values(), key=lambda a: (kinds.index(a.kind), a.name)))


def _judge(
    record: BuilderRecord,
    incidents: Sequence[Incident],
    month: BuilderMonth | None,
    now: datetime,
) -> Advice | None:
    latest = next(record.evidence, None)
    if latest is None or latest.complete_at is None or now - latest.complete_at > IDLE_AFTER:
        return None
    if record.stable:
        why = _find_fault(record, incidents, month, now)
        return Advice(AdviceKind.DEMOTE, record.builder, why) if why else None
    greens = _list_greens(record)
    if len(greens) < GREENS:
        return None
    span = (greens[0].complete_at or now) - (greens[-1].complete_at or now)
    short = "" if span >= LONG_GREEN else ": better wait for a week of it"
    words = f"{len(greens)} greens in a row over {tell_days(span)}{short}"
    return Advice(AdviceKind.PROMOTE, record.builder, words)


def _find_fault(
    record: BuilderRecord,
    incidents: Sequence[Incident],
    month: BuilderMonth | None,
    now: datetime,
) -> str | None:
    """What makes a stable builder useless; one that is red for a known commit does its work."""
    accused = any(
        i.state is IncidentState.OPEN and i.verdict in ACCUSING and record.builder in i.builders
        for i in incidents
    )
    streak = record.red_streak
    if len(streak) >= _REDS and not accused:
        began = streak[-1].complete_at or now
        return f"{len(streak)} reds in a row or more, for {tell_days(now - began)}"
    if month is None or month.told + month.broken < _FEWEST:
        return None
    if month.told and month.failed / month.told >= _FAILED and not accused:
        return f"{month.failed} of {month.told} builds of a month failed"
    if month.broken / (month.told + month.broken) >= _BROKEN:
        return f"the machine ended {month.broken} of {month.told + month.broken} builds of a month"
    return None


def _list_greens(record: BuilderRecord) -> list[RecentBuild]:
    """The greens since it was last red, the newest first."""
    greens = []
    for build in record.evidence:
        if not is_green(build.result):
            break
        greens.append(build)
    return greens


def _list_silent(builders: Iterable[LastSeen], now: datetime) -> Iterator[Advice]:
    for one in builders:
        words = _tell_silence(one, now)
        if words is not None:
            yield Advice(AdviceKind.SILENT, one.name, words)


def _list_away(workers: Iterable[LastSeen], now: datetime) -> Iterator[Advice]:
    for one in workers:
        words = _tell_silence(one, now)
        if words is not None:
            some = name_some(one.builders, 3)
            yield Advice(AdviceKind.WORKER_AWAY, one.name, f"{words}; of {some}")


def find_absence(one: LastSeen, now: datetime) -> timedelta | None:
    """For how long it has not built; None of what has of late, or is too new to tell."""
    absence = now - (one.built_at or one.known_since)
    return absence if absence > IDLE_AFTER else None


def _tell_silence(one: LastSeen, now: datetime) -> str | None:
    absence = find_absence(one, now)
    if absence is None:
        return None
    if one.built_at is None:
        return f"no build in the {tell_days(absence)} that we know it"
    return f"no build for {tell_days(absence)}"


def tell_days(span: timedelta) -> str:
    """`9 days`, `1 day`, `5 hours`."""
    if span < timedelta(days=1):
        return count_words(int(span.total_seconds() // 3600), "hour")
    return count_words(span.days, "day")
