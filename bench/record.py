"""Does the truth lie in the interval that we show of ourselves?

    python -m bench.record [--halves 100] [--seed 1]

Half-years are made up in which it is known which comments were right, and then most of that is
hidden: only some culprits are reverted, some authors object (rightly or not), a few maintainers
rule, some builds come later. The record is made of what is left, by the code of the service.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.core.history.hindsight import find_interval
from bot.core.model import (
    BranchCommits,
    BuilderRange,
    BuildRef,
    Commit,
    Fix,
    Incident,
    IncidentState,
    Kind,
    RegressionRange,
    Signature,
    Suspect,
    Verdict,
)
from bot.core.model.commands import (
    Feedback,
    FeedbackKind,
    IncidentRef,
    Override,
    OverrideKind,
    Role,
)
from bot.core.ports.record import Accusation, RecordFacts
from bot.core.reports.record import Record, make_record

START = datetime(2026, 1, 1, tzinfo=UTC)
_STEP = timedelta(hours=1)
_DAYS = 182


@dataclass(frozen=True, slots=True)
class World:
    """How a project is; each half-year has another one."""

    precision: float
    told: float  # of the regressions
    reverted: float  # of the culprits
    reverted_unnamed: float  # the same where we named another one, or nobody
    flakes: float  # of the wrong comments: nobody did it
    objects_wrong: float
    objects_right: float
    withdrawn_wrong: float
    withdrawn_right: float
    rules: float
    isolated: float  # a right comment that later builds prove
    cleared: float  # a wrong one


def draw_world(dice: random.Random) -> World:
    """Projects differ most in how many comments are right, and how often anybody reverts."""
    reverted = dice.uniform(0.2, 0.7)
    return World(
        precision=dice.uniform(0.7, 0.98),
        told=dice.uniform(0.4, 0.9),
        reverted=reverted,
        # Who is named reverts a little sooner than who is found by hand.
        reverted_unnamed=reverted * dice.uniform(0.7, 1.0),
        flakes=dice.uniform(0.0, 0.4),
        objects_wrong=dice.uniform(0.3, 0.8),
        objects_right=dice.uniform(0.0, 0.08),
        withdrawn_wrong=dice.uniform(0.2, 0.7),
        withdrawn_right=dice.uniform(0.0, 0.05),
        rules=dice.uniform(0.0, 0.2),
        isolated=dice.uniform(0.0, 0.5),
        cleared=dice.uniform(0.0, 0.3),
    )


@dataclass(slots=True)
class Half:
    """A half-year: what the service knows of it, and what is true."""

    dice: random.Random
    world: World
    commits: list[Commit] = field(default_factory=list)
    incidents: dict[tuple[int, str], Incident] = field(default_factory=dict)
    accusations: list[Accusation] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    ended: dict[BuildRef, datetime] = field(default_factory=dict)
    right: int = 0
    told: int = 0
    regressions: int = 0

    def add_commit(self, reverts: str | None = None) -> int:
        """The position of one more; each has a pull of its own."""
        at = len(self.commits)
        sha = f"{at:040x}"
        when = START + at * _STEP
        self.commits.append(Commit(sha, None, when, f"Change {at}", "a", 1000 + at, reverts))
        return at

    def sha(self, at: int) -> str:
        return self.commits[at].sha

    @property
    def facts(self) -> RecordFacts:
        return RecordFacts(
            accusations=self.accusations,
            incidents=self.incidents,
            lines={(1, "main"): BranchCommits(1, 0, tuple(self.commits))},
            overrides=self.overrides,
            feedback=self.feedback,
            ended=self.ended,
        )


def make_half(dice: random.Random, world: World) -> Half:
    """So many regressions as a busy branch has in half a year, of which some are told."""
    half = Half(dice, world)
    half.add_commit()
    for number in range(dice.randrange(30, 110)):
        _add_incident(half, f"i{number}")
    return half


def _add_incident(half: Half, name: str) -> None:
    dice, world = half.dice, half.world
    good = half.add_commit()
    places = [half.add_commit() for _ in range(dice.randrange(2, 6))]
    culprit: int | None = dice.choice(places)
    accused: int | None = None
    if dice.random() < world.told:
        accused = culprit
        if dice.random() >= world.precision:
            accused = dice.choice([p for p in places if p != culprit])
            if dice.random() < world.flakes:
                culprit = None
    if culprit is not None:
        half.regressions += 1
        half.told += accused == culprit
    incident = _make_incident(half, name, good, places)
    half.incidents[1, name] = incident
    if accused is not None:
        half.right += accused == culprit
        _tell(half, incident, accused, is_right=accused == culprit)
        _build_later(half, name, good, places, accused, is_right=accused == culprit)
    _mend(half, name, culprit, accused)
    _rule(half, name, culprit)


def _make_incident(half: Half, name: str, good: int, places: Sequence[int]) -> Incident:
    site = Signature("main", "unittest", Kind.TEST_FAILURE, f"test_{name}", "boom")
    bounds = RegressionRange(half.sha(good), half.sha(places[-1]))
    share = 1 / len(places)
    reds = tuple(BuildRef("bb", 10_000 * (len(half.incidents) + 1) + n) for n in range(3))
    return Incident(
        id=name,
        branch="main",
        signatures=(site,),
        builders=("A",),
        verdict=Verdict.SUSPECTED,
        state=IncidentState.OPEN,
        range=bounds,
        ranges=(BuilderRange("A", bounds, None, reds[0]),),
        suspects=tuple(Suspect(half.sha(p), 1000 + p, share) for p in places),
        opened_at=half.commits[places[-1]].at,
        first_red_build=reds[0],
        red_builds=reds,
    )


def _tell(half: Half, incident: Incident, accused: int, *, is_right: bool) -> None:
    dice, world = half.dice, half.world
    objects = world.objects_right if is_right else world.objects_wrong
    withdrawn = world.withdrawn_right if is_right else world.withdrawn_wrong
    at = incident.opened_at + timedelta(minutes=dice.randrange(1, 600))
    confidence = dice.uniform(0.85, 0.995)
    half.accusations.append(
        Accusation(
            *(1, 1000 + accused, incident.id, at, confidence),
            is_posted=True,
            is_withdrawn=dice.random() < withdrawn,
        )
    )
    if dice.random() < objects:
        half.feedback.append(
            Feedback(
                *(1, incident.id, f"comment {accused}", FeedbackKind.OBJECTED),
                *("suspected", 1000 + accused, confidence, at),
            )
        )


def _build_later(
    half: Half, name: str, good: int, places: Sequence[int], accused: int, *, is_right: bool
) -> None:
    """Builds that end after the comment: the pull alone is left, or it is cleared."""
    chance = half.world.isolated if is_right else half.world.cleared
    if half.dice.random() >= chance:
        return
    before = accused - 1 if accused > places[0] else good
    bounds = RegressionRange(half.sha(before), half.sha(accused))
    if not is_right:
        if accused == places[-1]:
            return
        bounds = RegressionRange(half.sha(accused), half.sha(places[-1]))
    incident = half.incidents[1, name]
    first = BuildRef("bb", incident.first_red_build.id + 50)
    half.ended[first] = half.accusations[-1].told_at + _STEP
    _change(half, name, ranges=(BuilderRange("A", bounds, None, first),))


def _change(half: Half, name: str, **changes: object) -> None:

    half.incidents[1, name] = replace(half.incidents[1, name], **changes)  # type: ignore[arg-type]


def _mend(half: Half, name: str, culprit: int | None, accused: int | None) -> None:
    """By a revert, or by a commit that tells nothing; some of it among other commits."""
    world, dice = half.world, half.dice
    chance = world.reverted if culprit == accused else world.reverted_unnamed
    reverts = half.sha(culprit) if culprit is not None and dice.random() < chance else None
    last_bad = half.add_commit()
    half.add_commit(reverts)
    first_good = half.add_commit() if dice.random() < 0.5 else len(half.commits) - 1
    bounds = RegressionRange(half.sha(last_bad), half.sha(first_good))
    _change(half, name, state=IncidentState.FIXED, fix=Fix(bounds, None))


def _rule(half: Half, name: str, culprit: int | None) -> None:
    if half.dice.random() >= half.world.rules:
        return
    incident = half.incidents[1, name]
    target = IncidentRef(
        name, "main", incident.signatures, incident.first_red_build, incident.opened_at
    )
    half.overrides.append(
        Override(
            *(1, 1, len(half.overrides), 0),
            kind=OverrideKind.FLAKY if culprit is None else OverrideKind.BLAME,
            by="maintainer",
            role=Role.WRITE,
            at=incident.opened_at + timedelta(days=1),
            number=1,
            target=target,
            pull=None if culprit is None else 1000 + culprit,
        )
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """Of so many half-years, how often the truth lay in what was shown."""

    halves: int
    precision: int
    coverage: int
    naive: int  # Wilson's interval of all that is proved, without doubts
    width: float  # of the precision's interval, on average
    settled: float  # comments that were proved, on average


def measure(halves: int, seed: int) -> Figures:
    """Make them, and compare."""
    precision = coverage = naive = 0
    width = settled = 0.0
    for number in range(halves):
        dice = random.Random(f"{seed} {number}")
        half = make_half(dice, draw_world(dice))
        record = make_record(half.facts)
        truth = half.right / len(half.accusations)
        precision += record.precision.low <= truth <= record.precision.high
        naive += _is_in(truth, record)
        known = half.told / half.regressions
        coverage += record.coverage.low <= known <= record.coverage.high
        width += (record.precision.high - record.precision.low) / halves
        settled += record.total.settled / halves
    return Figures(halves, precision, coverage, naive, width, settled)


def _is_in(truth: float, record: Record) -> bool:
    low, high = find_interval(record.total.right, record.total.settled)
    return low <= truth <= high


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--halves", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    found = measure(args.halves, args.seed)
    print(f"half-years: {found.halves}, with {found.settled:.0f} proved comments on average")
    print(f"precision in the shown interval: {found.precision} (width {found.width:.2f})")
    print(f"in Wilson's interval of all proofs: {found.naive}")
    print(f"coverage in the shown interval: {found.coverage}")


if __name__ == "__main__":
    main()
