"""Recorded commits under another fleet: a story and a seed in, the rows of a new history out.

Which commit broke which tests is recorded and stays; on which builders it shows, how often it
fails, when who builds, what is flaky and when the world breaks is drawn anew. So a culprit is met
under many fleets. It widens what is fitted and is no proof: the commits are the same.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from bench.histories.stories import Row, Story, as_list, as_number

HOUR = 3600.0
_FOR_EVER = 10**9
_RATES = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.7, 0.7, 0.5, 0.35, 0.2)  # of regressions
_FLAKE_RATES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.15, 0.3)
_PLAIN = (
    "AssertionError: 4 != 5",
    "AssertionError: unexpected result",
    "expected 3 rows, got 2",
    "ValueError: bad value",
    "Segmentation fault",
    "FAILED: exit code 1",
)
_TRANSIENT = (
    "TimeoutError: timed out",
    "MemoryError",
    "RuntimeError: worker died",
    "OSError: [Errno 28] No space left on device",
    "ConnectionResetError: [Errno 104] Connection reset by peer",
)


@dataclass(slots=True)
class Cause:
    """Something that makes tests fail: between two commits, or between two times."""

    kind: str
    tests: tuple[str, ...]
    message: str
    builders: frozenset[str]
    rate: float
    compiles: bool = False
    truth: Row = field(default_factory=dict)
    commits: tuple[int, int] = (0, _FOR_EVER)
    hours: tuple[float, float] = (0.0, float("inf"))
    seen: float | None = None

    def strikes(self, builder: str, position: int, at: float) -> bool:
        """It may show on this builder at this commit and time."""
        here = builder in self.builders and self.commits[0] <= position < self.commits[1]
        return here and self.hours[0] <= at <= self.hours[1]


class _Fleet:
    def __init__(self, story: Story, truth: Sequence[Row], seed: int) -> None:
        self.dice = random.Random(f"{story.name} {seed}")
        self.rows = story.rows
        self.commits = [r for r in story.rows if r["type"] == "commit"]
        # Committers' clocks disagree; the order of the branch is what counts.
        self.times = list(accumulate((as_number(c["at"]) for c in self.commits), max))
        self.builders = [r for r in story.rows if r["type"] == "builder"]
        self.names = [str(b["name"]) for b in self.builders]
        self.reruns = self.dice.random() < 0.4
        self.says = {
            f["test"]: f["message"] for r in story.rows for f in as_list(r.get("failures"))
        }
        self.tests = sorted({str(t) for r in truth for t in as_list(r["tests"])})
        self.position = {c["sha"]: n for n, c in enumerate(self.commits)}
        self.causes = [self._redraw(t) for t in truth if t["kind"] == "regression"]
        self._add_noise()

    def _redraw(self, truth: Row) -> Cause:
        start = self.position[truth["culprit"]]
        end = self.position.get(truth["fixed_by"], _FOR_EVER)
        tests = tuple(str(t) for t in as_list(truth["tests"]))
        says = next((self.says[t] for t in tests if t in self.says), self.dice.choice(_PLAIN))
        compiles = bool(truth["compile"])
        rate = 1.0 if compiles else self.dice.choice(_RATES)
        return Cause(
            "regression", tests, str(says), self._draw_scope(), rate, compiles, truth, (start, end)
        )

    def _draw_scope(self, everywhere: float = 0.38, single: float = 0.32) -> frozenset[str]:
        roll, chosen = self.dice.random(), self.dice.choice(self.builders)
        if roll < everywhere:
            return frozenset(self.names)
        if roll < everywhere + single:
            return frozenset((str(chosen["name"]),))
        if roll > 0.93:
            return frozenset(self.dice.sample(self.names, (len(self.names) + 1) // 2))
        tag = self.dice.choice(as_list(chosen["tags"])[2:] or as_list(chosen["tags"]))
        return frozenset(str(b["name"]) for b in self.builders if tag in as_list(b["tags"]))

    def _add_noise(self) -> None:
        dice = self.dice
        begin, end = (as_number(self.commits[n]["at"]) for n in (0, -1))
        for _ in range(dice.randrange(6)):
            rate = dice.choice(_FLAKE_RATES)
            self._add("flaky", (1, 1, 1, 2, 4), 0.45, self._draw_scope(0.2, 0.5), rate)
        for _ in range(dice.choice((0, 0, 0, 1, 1, 2))):
            scope = self._draw_scope(0.15, 0.6)
            cause = self._add("environment", (1, 1, 3, 3, 12), 0.8, scope, 0.95)
            at = dice.uniform(begin, end)
            cause.hours = (at, at + HOUR * dice.choice((2.0, 4.0, 10.0, 30.0)))
        for _ in range(dice.choice((0, 0, 0, 0, 1))):
            self._add("old", (1,), 0.1, frozenset((dice.choice(self.names),)), 1.0)

    def _add(
        self, kind: str, counts: Sequence[int], transient: float, scope: frozenset[str], rate: float
    ) -> Cause:
        dice = self.dice
        count = min(dice.choice(counts), len(self.tests))
        says = dice.choice(_TRANSIENT if dice.random() < transient else _PLAIN)
        tests = tuple(f"{dice.choice(self.tests)}" for _ in range(count)) or ("tests/any.c",)
        self.causes.append(Cause(kind, tests, says, scope, rate))
        return self.causes[-1]


def redraw(story: Story, truth: Sequence[Row], seed: int) -> list[Row]:
    """The rows of another history of these commits, in the order in which they became known."""
    fleet = _Fleet(story, truth, seed)
    told = [(fleet.times[n], 0, n, c) for n, c in enumerate(fleet.commits)]
    told += [(as_number(b["finished"]), 1, n, b) for n, b in enumerate(_build(fleet))]
    rows = [r for *_, r in sorted(told, key=lambda t: t[:3])]
    head = [r for r in story.rows if r["type"] in ("history", "builder")]
    return [*head, *rows, *_render_truth(fleet)]


def _build(fleet: _Fleet) -> Iterator[Row]:
    """Every builder builds the newest commit, one build after another."""
    for n, builder in enumerate(fleet.builders):
        length = as_number(builder["minutes"]) * 60
        times = fleet.times
        now, built, number, at = times[0] + fleet.dice.uniform(0, length), -1, 100 * n, 0
        while True:
            while at + 1 < len(times) and times[at + 1] <= now:
                at += 1
            if at == built and at + 1 == len(times):
                break
            if at == built:
                now = times[at + 1] + 30
                continue
            again = fleet.dice.random() < 0.03 and at > 3
            position = max(0, at - fleet.dice.randrange(1, 40)) if again else at
            number += 1
            row = _build_one(fleet, str(builder["name"]), position, now, length)
            yield row | {"number": number, "scheduled_by": "force" if again else "branch"}
            now = as_number(row["finished"]) + 30
            built = built if again else at


def _build_one(fleet: _Fleet, builder: str, position: int, now: float, length: float) -> Row:
    dice = fleet.dice
    end = now + length * dice.uniform(0.8, 1.15)
    lost = dice.random() < 0.02
    striking = [c for c in fleet.causes if c.strikes(builder, position, (now + end) / 2)]
    failures = [] if lost else list(_fail(fleet, striking, end))
    broken = any(f["kind"] == "compile" for f in failures)
    if broken:
        failures = [f for f in failures if f["kind"] == "compile"]
    red = any(not f.get("passed_on_rerun") for f in failures)
    result = "exception" if lost else "failure" if red else "warnings" if failures else "success"
    return {
        "type": "build",
        "builder": builder,
        "worker": builder.lower(),
        "revision": fleet.commits[position]["sha"],
        "started": int(now),
        "finished": int(end),
        "result": result,
        "failures": failures,
        "tests_ran": not lost and not broken,
    }


def _fail(fleet: _Fleet, striking: Sequence[Cause], at: float) -> Iterator[Row]:
    dice, failed = fleet.dice, set()
    for cause in striking:
        flaky = cause.kind == "flaky"
        if not flaky and dice.random() >= cause.rate:
            continue
        for test in cause.tests:
            if test in failed or dice.random() >= (cause.rate if flaky else 0.98):
                continue
            failed.add(test)
            cause.seen = min(at, cause.seen or at)
            kind = "compile" if cause.compiles else "test"
            row: Row = {"kind": kind, "test": test, "message": cause.message}
            if fleet.reruns and not cause.compiles:
                again = max(cause.rate, 0.3) if flaky else cause.rate
                if dice.random() >= again:
                    row["passed_on_rerun"] = True
            yield row


def _render_truth(fleet: _Fleet) -> Iterator[Row]:
    for n, cause in enumerate(fleet.causes):
        fixed_at = cause.truth.get("fixed_at")
        visible = cause.seen is not None and (not fixed_at or cause.seen < as_number(fixed_at))
        yield {
            "type": "truth",
            "episode": f"e{n}",
            "kind": cause.kind,
            "culprit": cause.truth.get("culprit"),
            "pr": cause.truth.get("pr"),
            "fixed_by": cause.truth.get("fixed_by"),
            "fixed_at": fixed_at,
            "tests": list(cause.tests),
            "builders": sorted(cause.builders),
            "compile": cause.compiles,
            "fail_rate": cause.rate,
            "first_seen": None if cause.seen is None else int(cause.seen),
            "visible": visible,
        }
