"""May a branch be released? What its stable builders say, by the rules of a release manager.

In: the latest builds of each builder of a branch, its open incidents, the time. Out: an answer with
the builders that block it, those that only concern, and those that have not built for long.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.fleet.builder_record import BuilderRecord, RecentBuild
from bot.core.model import Incident, IncidentState, Verdict

BLOCKING_TIERS = frozenset({1, 2})
"""PEP 11: failures on these block a release. https://peps.python.org/pep-0011/"""

TELLING_TIERS = frozenset({1})
"""Each of these has to have built of late: of a release without them nothing is known."""

IDLE_AFTER = timedelta(days=7)
"""Slow builders build once a day, some once a week; what is older says nothing of today."""

PERSISTENT_REDS = 2
"""One red build may be chance; two in a row, with whatever landed between, seldom are."""

# What is known not to be chance, and not to be the machine, persists after one build.
_PERSISTENT = frozenset({Verdict.SUSPECTED, Verdict.CONFIRMED, Verdict.OLD})


class Standing(StrEnum):
    """How a builder stands on a branch."""

    GREEN = "green"
    RED_ONCE = "red once"  # the next build will tell
    FAILING = "failing"  # it failed for more than chance
    IDLE = "idle"  # it has not built for long
    SILENT = "silent"  # no build of it says anything


class ReleaseAnswer(StrEnum):
    """What a release manager is told."""

    YES = "yes"
    WAIT = "wait"  # a builder that would block is red for the first time
    NO = "no"
    UNKNOWN = "unknown"  # a builder that has to tell has not built of late


@dataclass(frozen=True, slots=True)
class BuilderStanding:
    """One builder, since when it stands so, and what it fails with."""

    builder: str
    tier: int | None
    standing: Standing
    latest: RecentBuild | None  # the newest build that says something
    since: datetime | None  # of a red one: its first red build that we see
    reds: int
    incidents: tuple[str, ...]

    @property
    def blocks(self) -> bool:
        """Whether this builder is of a tier whose failures hold a release up."""
        return self.tier in BLOCKING_TIERS


@dataclass(frozen=True, slots=True)
class ReleaseStatus:
    """The answer for one branch, and who is behind it; builders in the order of tiers and names."""

    branch: str
    answer: ReleaseAnswer
    reason: str
    blocking: tuple[BuilderStanding, ...]  # failing, of a tier that blocks
    awaited: tuple[BuilderStanding, ...]  # red once, of a tier that blocks
    concerns: tuple[BuilderStanding, ...]  # red, of another tier or of none
    idle: tuple[BuilderStanding, ...]
    green: tuple[BuilderStanding, ...]

    @property
    def is_alive(self) -> bool:
        """Whether any stable builder has built it of late."""
        return bool(self.blocking or self.awaited or self.concerns or self.green)


def decide_release(
    branch: str, builders: Iterable[BuilderRecord], incidents: Sequence[Incident], now: datetime
) -> ReleaseStatus:
    """Only stable builders count. What is not known is never a yes."""
    stable = [find_standing(b, incidents, now) for b in builders if b.stable]
    stable.sort(key=lambda s: (s.tier is None, s.tier or 0, s.builder))
    blocking = _choose(stable, {Standing.FAILING}, blocks=True)
    awaited = _choose(stable, {Standing.RED_ONCE}, blocks=True)
    green = _choose(stable, {Standing.GREEN})
    idle = _choose(stable, {Standing.IDLE, Standing.SILENT})
    answer, reason = _answer(blocking, awaited, idle, green)
    return ReleaseStatus(
        branch=branch,
        answer=answer,
        reason=reason,
        blocking=blocking,
        awaited=awaited,
        concerns=_choose(stable, {Standing.FAILING, Standing.RED_ONCE}, blocks=False),
        idle=idle,
        green=green,
    )


def _choose(
    standings: Iterable[BuilderStanding], wanted: set[Standing], *, blocks: bool | None = None
) -> tuple[BuilderStanding, ...]:
    return tuple(s for s in standings if s.standing in wanted and blocks in {None, s.blocks})


def _answer(
    blocking: Sequence[BuilderStanding],
    awaited: Sequence[BuilderStanding],
    idle: Sequence[BuilderStanding],
    green: Sequence[BuilderStanding],
) -> tuple[ReleaseAnswer, str]:
    """The first that holds: what fails outweighs what is not known."""
    missing = [s.builder for s in idle if s.tier in TELLING_TIERS]
    if blocking:
        return ReleaseAnswer.NO, "builders of tier 1 or 2 keep failing"
    if awaited:
        words = "a builder of tier 1 or 2 is red for the first time: its next build tells"
        return ReleaseAnswer.WAIT, words
    if not any(s.blocks for s in green):
        words = "no builder of tier 1 or 2 has built of late: nothing is known"
        return ReleaseAnswer.UNKNOWN, words
    if missing:
        words = "has" if len(missing) == 1 else "have"
        return ReleaseAnswer.UNKNOWN, f"{', '.join(missing)} of tier 1 {words} not built of late"
    return ReleaseAnswer.YES, "no builder of tier 1 or 2 fails"


def find_standing(
    record: BuilderRecord, incidents: Iterable[Incident], now: datetime
) -> BuilderStanding:
    """How a builder stands, stable or not; `incidents` are those of its branch."""
    here = [i for i in incidents if i.state is IncidentState.OPEN and record.builder in i.builders]
    latest, streak = next(record.evidence, None), record.red_streak
    return BuilderStanding(
        builder=record.builder,
        tier=record.tier,
        standing=_name_standing(latest, streak, here, now),
        latest=latest,
        since=streak[-1].complete_at if streak else None,
        reds=len(streak),
        incidents=tuple(sorted(i.id for i in here)) if streak else (),
    )


def _name_standing(
    latest: RecentBuild | None,
    streak: Sequence[RecentBuild],
    incidents: Iterable[Incident],
    now: datetime,
) -> Standing:
    if latest is None or latest.complete_at is None:
        return Standing.SILENT
    if now - latest.complete_at > IDLE_AFTER:
        return Standing.IDLE
    if not streak:
        return Standing.GREEN
    persists = len(streak) >= PERSISTENT_REDS or any(i.verdict in _PERSISTENT for i in incidents)
    return Standing.FAILING if persists else Standing.RED_ONCE
