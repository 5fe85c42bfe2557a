"""Figures over time → shapes for the SVG in templates.

In: days, or beliefs. Out: numbers within a box; the templates draw them, and write the words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.core.model import Suspect
from bot.core.model.decisions import Belief
from bot.core.trends.builds import DayTally

WIDTH, HEIGHT = 640, 90
"""The box of a chart of days, in its own units."""


@dataclass(frozen=True, slots=True)
class LineChart:
    """A line through days; where nothing is known it is broken, and a lone day is a dot."""

    path: str
    dots: tuple[tuple[float, float], ...]
    top: float  # what the upper edge stands for

    @property
    def is_empty(self) -> bool:
        """Nothing is known of any day."""
        return not self.path and not self.dots


def draw_line(
    days: Sequence[DayTally],
    pick: Callable[[DayTally], float | None],
    first: date,
    last: date,
    *,
    top: float | None = None,
) -> LineChart:
    """A figure of each day, from the first to the last; `top`: of the scale, else the highest."""
    values = [(day.day, pick(day)) for day in days if first <= day.day <= last]
    known = [value for _, value in values if value is not None]
    scale = top or max(known, default=0.0) or 1.0
    span = max((last - first).days, 1)
    runs: list[list[tuple[float, float]]] = []
    before: date | None = None
    for day, value in values:
        if value is None:
            continue
        x = round((day - first).days / span * WIDTH, 1)
        y = round(HEIGHT - min(value / scale, 1.0) * HEIGHT, 1)
        # Weekends without builds do not break a line.
        if before is None or (day - before).days > 4:
            runs.append([])
        runs[-1].append((x, y))
        before = day
    path = " ".join(_make_path(run) for run in runs if len(run) > 1)
    return LineChart(path, tuple(run[0] for run in runs if len(run) == 1), scale)


def _make_path(run: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:g},{y:g}" for x, y in run)


# ---------------------------------------------------------------- suspects as they moved

_COLUMNS = 48
_LETTERS = "ABCDEFGH"
COLUMN, GAP, TALL = 26, 4, 120
"""Width of a column, the space between two, and how tall a whole belief is."""


@dataclass(frozen=True, slots=True)
class Part:
    """The share of one suspect in a column."""

    letter: str
    percent: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class BeliefColumn:
    """What was believed from a moment on; what no suspect has is left blank."""

    x: float
    at: datetime
    words: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class BeliefChart:
    """Suspects as bars, one column for each decision; their letters, the likeliest first."""

    columns: tuple[BeliefColumn, ...]
    letters: tuple[tuple[str, Suspect], ...]
    width: float
    left_out: int  # earlier decisions that found no room


def draw_beliefs(beliefs: Sequence[Belief]) -> BeliefChart:
    """The last so many decisions; those who were ever likeliest get a letter."""
    shown = beliefs[-_COLUMNS:]
    best: dict[str, Suspect] = {}
    for belief in shown:
        for suspect in belief.suspects:
            if suspect.percent and suspect.p > (best[suspect.sha].p if suspect.sha in best else 0):
                best[suspect.sha] = suspect
    last = {s.sha: s.p for s in shown[-1].suspects} if shown else {}
    ranked = sorted(best.values(), key=lambda s: (-last.get(s.sha, 0.0), -s.p, s.sha))
    letters = dict(zip((s.sha for s in ranked), _LETTERS, strict=False))
    columns = tuple(_make_column(n, belief, letters) for n, belief in enumerate(shown))
    return BeliefChart(
        columns=columns,
        letters=tuple((letters[s.sha], s) for s in ranked if s.sha in letters),
        width=len(columns) * (COLUMN + GAP),
        left_out=len(beliefs) - len(shown),
    )


def _make_column(number: int, belief: Belief, letters: dict[str, str]) -> BeliefColumn:
    parts: list[Part] = []
    y = float(TALL)
    for suspect in sorted(belief.suspects, key=lambda s: letters.get(s.sha, "Z")):
        height = round(suspect.p * TALL, 1)
        if suspect.sha in letters and height >= 1:
            y = round(max(y - height, 0.0), 1)
            parts.append(Part(letters[suspect.sha], suspect.percent, y, height))
    return BeliefColumn(number * (COLUMN + GAP), belief.at, belief.reason, tuple(parts))
