"""Real suites of 400 tests in which one passes alone and fails behind others: tests share a state.

Each of twenty files has twenty tests. `victim` asks whether all of `needed` have left their mark.
"""

from __future__ import annotations

import random
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FILES = TESTS = 20

_SHARED = """\
import random, sys, time
MARKS = set()

def leave(name):
    MARKS.add(name)

def look(needed, rate):
    if needed and needed <= MARKS and random.random() < rate:
        raise AssertionError("the state of others: " + ", ".join(sorted(needed)))
"""


@dataclass(frozen=True)
class Plan:
    """How many leave a mark that the victim looks for, how often it then fails, what it does."""

    needed: int = 1
    seed: int = 3
    rate: float = 1.0
    extra: str = "pass"


@dataclass(frozen=True)
class Suite:
    """Where it lies, and how its tests are called in the order in which they run."""

    folder: Path
    names: tuple[str, ...]  # in their order
    victim: str
    needed: tuple[str, ...]
    runner: tuple[str, ...]

    @property
    def command(self) -> str:
        """As one gives it to `--run`."""
        return f"{shlex.join(self.runner)} {{tests}}"

    def write_order(self, name: str = "order.txt") -> str:
        """A list file with the whole order up to the victim."""
        path = self.folder / name
        until = self.names.index(self.victim) + 1
        path.write_text("".join(f"{test}\n" for test in self.names[:until]))
        return str(path)


def make_unittest_suite(folder: Path, plan: Plan = Plan()) -> Suite:
    """Classes of unittest."""
    return _make(
        folder, plan, "test_m{file:02}.T.test_{test:02}",
        head="import unittest, shared\n\n\nclass T(unittest.TestCase):\n",
        test="    def test_{test:02}(self):\n        {body}\n",
        runner=(sys.executable, "-m", "unittest", "-v"),
    )  # fmt: skip


def make_pytest_suite(folder: Path, plan: Plan = Plan()) -> Suite:
    """Plain functions."""
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    return _make(
        folder, plan, "test_m{file:02}.py::test_{test:02}",
        head="import shared\n\n",
        test="\ndef test_{test:02}():\n    {body}\n",
        runner=(sys.executable, "-m", "pytest", "-q"),
    )  # fmt: skip


def _make(
    folder: Path, plan: Plan, name: str, *, head: str, test: str, runner: Sequence[str]
) -> Suite:
    places = [(file, number) for file in range(FILES) for number in range(TESTS)]
    order = list(places)
    chance = random.Random(plan.seed)
    chance.shuffle(order)
    at = len(order) * 9 // 10
    marks = {order[n]: f"mark{n}" for n in sorted(chance.sample(range(at), plan.needed))}
    bodies = {place: f"shared.leave({mark!r})" for place, mark in marks.items()}
    look = f"shared.look({set(marks.values())!r}, {plan.rate})" if marks else "pass"
    bodies[order[at]] = f"{plan.extra}; {look}"
    (folder / "shared.py").write_text(_SHARED)
    for file in range(FILES):
        tests = (
            test.format(test=number, body=bodies.get((file, number), "pass"))
            for number in range(TESTS)
        )
        (folder / f"test_m{file:02}.py").write_text(head + "".join(tests))
    names = {place: name.format(file=place[0], test=place[1]) for place in places}
    return Suite(
        folder,
        tuple(names[place] for place in order),
        names[order[at]],
        tuple(names[place] for place in order if place in marks),
        tuple(runner),
    )
