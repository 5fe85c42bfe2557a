"""Regression ranges: the observations of a branch in, streaks of red per signature out.

A streak is what one builder showed of one signature, by commit position: red commits with the
last good one before them and the first good one after. Time plays no part here, so that
builds may run and arrive in any order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.blame.outcome import outcome
from bot.core.model import Observation, Outcome, Signature


@dataclass(frozen=True, slots=True)
class Point:
    """The outcome of one signature in one build, at a commit position."""

    position: int
    outcome: Outcome
    observation: Observation


@dataclass(frozen=True, slots=True)
class Streak:
    """Red commits of one builder without a pure green one between them."""

    builder: str
    stable: bool
    reds: tuple[Point, ...]  # by position, then in the order of folding
    last_good: Point | None
    first_good: Point | None  # the one that ended it

    @property
    def first_bad(self) -> int:
        """Position of the first red commit."""
        return self.reds[0].position

    @property
    def last_bad(self) -> int:
        """Position of the last red commit."""
        return self.reds[-1].position


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that builds said of one signature."""

    signature: Signature
    streaks: tuple[Streak, ...]
    flaked: tuple[Point, ...]  # failures at commits where the same builder also passed


def find_traces(
    observations: Sequence[Observation], positions: Mapping[str, int]
) -> tuple[Trace, ...]:
    """The traces of every signature that a build on the line failed with, by signature."""
    placed = [
        (positions[o.revision], o)
        for o in observations
        if o.revision is not None and o.revision in positions
    ]
    signatures = {s.signature for _, o in placed for s in o.sightings}
    return tuple(_find_trace(signature, placed) for signature in sorted(signatures))


def _find_trace(signature: Signature, placed: Iterable[tuple[int, Observation]]) -> Trace:
    by_builder: dict[str, list[Point]] = {}
    for position, observation in placed:
        result = outcome(observation, signature)
        if result is not None:
            point = Point(position, result, observation)
            by_builder.setdefault(observation.builder, []).append(point)
    streaks: list[Streak] = []
    flaked: list[Point] = []
    for _, points in sorted(by_builder.items()):
        streaks += _find_streaks(points)
        flaked += _find_flaked(points)
    return Trace(signature, tuple(streaks), tuple(flaked))


def _find_flaked(points: Sequence[Point]) -> list[Point]:
    passed = {p.position for p in points if p.outcome is Outcome.PASS}
    return [
        p
        for p in points
        if p.outcome is Outcome.FLAKED or (p.outcome is Outcome.FAIL and p.position in passed)
    ]


def _find_streaks(points: Sequence[Point]) -> list[Streak]:
    """Streaks of one builder. A commit that showed red and green belongs to the red streak."""
    failed = {p.position for p in points if p.outcome is Outcome.FAIL}
    streaks: list[Streak] = []
    reds: list[Point] = []
    last_good = None
    for point in sorted(points, key=lambda p: (p.position, p.observation.order)):
        if point.outcome is Outcome.FAIL:
            reds.append(point)
        elif point.outcome is Outcome.PASS and point.position not in failed:
            if reds:
                streaks.append(_make_streak(reds, last_good, point))
                reds = []
            last_good = point
    return [*streaks, _make_streak(reds, last_good, None)] if reds else streaks


def _make_streak(
    reds: Sequence[Point], last_good: Point | None, first_good: Point | None
) -> Streak:
    newest = max(reds, key=lambda p: p.observation.order).observation
    return Streak(newest.builder, newest.stable, tuple(reds), last_good, first_good)
