"""How fast blame folds, and whether the past makes it dearer: processor time and memory.

    python -m bench.speed                       the pace of a small and of a large fleet
    python -m bench.speed --builds 500000       a long history, quarter by quarter

Fleets are simulated by a process of its own, and read as a history file is: what is measured is
what `python -m bot backtest` does. Times are of one core; memory is that of this process.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from bot.core.history.backtest import count_builds, play_branch
from bot.core.history.read import parse_history
from bot.core.policy.thresholds import DEFAULT_POLICY

# The last quarter may cost so much more than the second; in the first nothing is known yet.
_GROWTH = 1.3
# A long history: so much on one core.
_MINUTES, _MEGABYTES = 30.0, 1000.0
_LONG = 10_000  # builds; from here each quarter is told as it ends
_SHOWN_EVERY = 1000  # builds


@dataclass(frozen=True, slots=True)
class Fleet:
    """A fleet to simulate; commits come faster than most of its builders build."""

    builders: int
    days: float
    commits_per_day: float = 30.0
    flaky_tests: float = 4.0

    @property
    def command(self) -> list[str]:
        """Prints its history."""
        own = ("--builders", self.builders, "--days", self.days)
        pace = ("--commits-per-day", self.commits_per_day, "--flaky-tests", self.flaky_tests)
        rest = (*own, *pace, "--cycles", 60, 120, 240)
        return [sys.executable, "-m", "bench.simulate", "3", *map(str, rest)]


@dataclass(slots=True)
class Took:
    """What playing a history took."""

    builds: array[float]  # seconds of processor time for each
    marks: list[float]  # megabytes in use: before the first build, then after each quarter

    @property
    def rate(self) -> float:
        """Builds a second."""
        return len(self.builds) / sum(self.builds)

    @property
    def worst_ms(self) -> float:
        """What the dearest hundredth of the builds took at least, in milliseconds."""
        return sorted(self.builds)[len(self.builds) * 99 // 100] * 1000

    def render(self) -> str:
        """In short."""
        return f"{self.rate:6.0f} builds/s, p99 {self.worst_ms:4.1f} ms, {self.marks[-1]:4.0f} MB"

    @property
    def quarters(self) -> list[Took]:
        """The same by quarters of the builds."""
        count = len(self.builds)
        cuts = [count * n // 4 for n in range(5)]
        pairs = zip(pairwise(cuts), pairwise(self.marks), strict=True)
        return [Took(self.builds[a:b], list(marks)) for (a, b), marks in pairs]

    @property
    def growth(self) -> float:
        """How much dearer a build of the last quarter is than one of the second."""
        _, second, _, last = self.quarters
        return second.rate / last.rate


def play(fleet: Fleet, builds: int | None = None) -> Took:
    """Play the history of a fleet, or so many builds of it; of a long one each quarter is told."""
    with _simulate(fleet) as lines:
        history = parse_history(_cut(lines, builds))
    ((branch, epochs),) = history.branches.items()
    total = count_builds(history)
    took = Took(array("d"), [_find_megabytes()])
    begin = time.process_time()
    for report in play_branch(branch, epochs, DEFAULT_POLICY):
        if report is None:
            took.builds.append(time.process_time() - begin)
            _look(took, total)
        begin = time.process_time()
    return took


def _look(took: Took, total: int) -> None:
    done = len(took.builds)
    if sys.stderr.isatty() and done % _SHOWN_EVERY == 0:
        print(f"\r{done:,} of {total:,} builds ", end="", file=sys.stderr, flush=True)
    quarter = len(took.marks)
    if done == total * quarter // 4:
        took.marks.append(_find_megabytes())
        if total >= _LONG:
            part = Took(took.builds[total * (quarter - 1) // 4 :], took.marks[-1:])
            print(f"quarter {quarter}: {part.render()}", flush=True)


@contextmanager
def _simulate(fleet: Fleet) -> Iterator[Iterable[bytes]]:
    with subprocess.Popen(fleet.command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.terminate()  # it may have more to tell than is wanted


def _cut(lines: Iterable[bytes], builds: int | None) -> Iterator[bytes]:
    """The lines up to so many builds."""
    count = 0
    for line in lines:
        count += b'"type": "build"' in line
        if builds is not None and count > builds:
            return
        yield line


def _find_megabytes() -> float:
    """Memory in use now, where the system tells; the most that ever was, elsewhere."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return _find_peak()
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _find_peak() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return getrusage(RUSAGE_SELF).ru_maxrss * unit / 1e6


# ---------------------------------------------------------------- what is asked for


def measure_pace(fleet: Fleet, least: float, most_ms: float) -> bool:
    """Play a short history; True when both targets are met."""
    took = play(fleet)
    print(
        f"{fleet.builders} builders: {len(took.builds)} builds, {took.rate:.0f}/s, "
        f"p99 {took.worst_ms:.1f} ms",
        flush=True,
    )
    return took.rate >= least and took.worst_ms <= most_ms


def measure_pace_of_both() -> bool:
    """A small fleet and a large one."""
    small = measure_pace(Fleet(12, 20.0), 500.0, 20.0)
    return measure_pace(Fleet(200, 1.0), 300.0, 50.0) and small


def measure_long(builds: int, fleet: Fleet) -> bool:
    """Play a long history; True when neither time nor memory grows too much."""
    begin = time.process_time()
    took = play(fleet, builds)
    minutes, peak = (time.process_time() - begin) / 60.0, _find_peak()
    print(
        f"{fleet.builders} builders, {len(took.builds):,} builds: {took.rate:.0f}/s, "
        f"p99 {took.worst_ms:.1f} ms, last quarter / second {took.growth:.2f}; "
        f"{minutes:.1f} minutes of one core with reading the file, {peak:.0f} MB at most, "
        f"{took.marks[0]:.0f} of them the file as it was read",
        flush=True,
    )
    return took.growth <= _GROWTH and minutes <= _MINUTES and peak <= _MEGABYTES


def find_long_fleet(builders: int, builds: int, flaky_tests: float) -> Fleet:
    """A fleet that has fifty builds a commit, when it has two hundred builders."""
    days = builds / (builders * _LEAST_A_DAY) + 1.0
    return Fleet(builders, days, _COMMITS_A_DAY, flaky_tests)


_COMMITS_A_DAY = 60.0
_LEAST_A_DAY = 10.0  # builds of a builder, at this pace


def main() -> int:
    """The pace of two fleets, or a long history."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add_arguments(parser)
    args = parser.parse_args()
    return measure(args)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `bench.blame --speed` takes as well."""
    parser.add_argument("--builds", type=int, help="play so many builds of a large fleet")
    parser.add_argument("--builders", type=int, default=200, help="of that fleet")
    parser.add_argument("--flaky-tests", type=float, default=4.0, help="of that fleet, on average")


def measure(args: argparse.Namespace) -> int:
    """What the arguments ask for; 0 when all targets are met."""
    if args.builds is None:
        return 0 if measure_pace_of_both() else 1
    fleet = find_long_fleet(args.builders, args.builds, args.flaky_tests)
    return 0 if measure_long(args.builds, fleet) else 1


if __name__ == "__main__":
    sys.exit(main())
