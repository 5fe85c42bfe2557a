"""Our own fleets with known causes: a seed in, the rows of a history file with truth out.

    python -m bench.simulate SEED [--builders 6] [--days 10] > fleet.jsonl

Made to be different from recorded histories: other names, another law for every rate, clocks that
disagree, results that go missing, several causes at once.
"""

import argparse
import heapq
import json
import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

HOUR = 3600.0
START = 1_760_000_000.0
_MODULES = ("net", "store", "parse", "math", "ui", "audio", "crypt", "sched", "text", "image")
_WORDS = ("fast path", "retry", "cache", "limits", "types", "cleanup", "buffer", "locale", "table")
_PLATFORMS = ("linux", "windows", "macos", "bsd")
_SAYS = (
    "AssertionError: {a} != {b}",
    "KeyError: 'item{a}'",
    "expected {a} rows, got {b}",
    "panic: index {a} out of range",
    "IndexError: list index out of range",
)
_TRANSIENT_SAYS = (
    "deadline exceeded: timed out after {a} s",
    "ConnectionRefusedError: [Errno 111] Connection refused",
    "OSError: [Errno 28] No space left on device",
    "MemoryError",
)
_Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Knobs:
    """What a fleet is like."""

    builders: int = 6
    days: float = 10.0
    commits_per_day: float = 14.0
    cycles: tuple[float, ...] = (20.0, 45.0, 90.0, 180.0, 360.0, 720.0)  # minutes
    regressions_per_commit: float = 0.012
    intermittent: float = 0.15  # of the regressions; they fail half of the time
    twins: float = 0.1  # of the regressions; the next commit breaks something as well
    flaky_tests: float = 4.0
    outages_per_day: float = 0.05
    always_red: float = 0.2
    missing: float = 0.03  # of the builds end in exceptions
    unstable: float = 0.2  # of the builders
    no_pull: float = 0.1  # of the commits
    rerun: bool = False  # a failing test is run again within the build
    commit_clock: float = 600.0  # seconds by which committers' clocks are wrong


@dataclass(frozen=True, slots=True)
class _Builder:
    name: str
    tags: tuple[str, ...]
    minutes: float


@dataclass(slots=True)
class _Cause:
    """Something that makes tests fail; positions for a commit, seconds for an outage."""

    kind: str
    tests: list[tuple[str, str]]  # test, message
    builders: frozenset[str]
    rate: float
    first: float = 0.0
    last: float = float("inf")
    culprit: int | None = None
    fix: int | None = None
    compiles: bool = False
    seen: float | None = None
    together: bool = True

    def strikes(self, builder: str, position: int, at: float) -> bool:
        """It shows on this builder at this commit and time."""
        if builder not in self.builders:
            return False
        if self.culprit is not None:
            return self.culprit <= position and (self.fix is None or position < self.fix)
        return self.first <= at < self.last


@dataclass(slots=True)
class _World:
    dice: random.Random
    knobs: Knobs
    builders: list[_Builder] = field(default_factory=list)
    commits: list[_Row] = field(default_factory=list)
    causes: list[_Cause] = field(default_factory=list)
    builds: int = 0
    due: list[tuple[float, _Cause]] = field(default_factory=list)  # fixes on their way
    # What was not told yet: when it becomes known, commits before builds, and the row.
    untold: list[tuple[float, bool, int, _Row]] = field(default_factory=list)


def simulate(seed: int, knobs: Knobs | None = None) -> list[_Row]:
    """The rows of one history, in the order in which they became known, truth last."""
    return list(tell(seed, knobs))


def tell(seed: int, knobs: Knobs | None = None) -> Iterator[_Row]:
    """The same, one by one: a long history does not have to fit into memory."""
    world = _World(random.Random(seed), knobs or Knobs())
    _make_builders(world)
    _make_noise(world)
    yield {"type": "history", "repo": "example/simulated", "branch": "main"}
    yield from map(_builder_row, world.builders)
    for now in _run(world):
        while world.untold and world.untold[0][0] <= now:
            yield heapq.heappop(world.untold)[-1]
    yield from _render_truth(world)


def vary(seed: int, knobs: Knobs | None = None) -> Knobs:
    """Another fleet for every seed: size, pace and noise."""
    dice = random.Random(seed * 7919 + 1)
    return replace(
        knobs or Knobs(),
        builders=dice.choice((2, 4, 6, 10)),
        commits_per_day=dice.choice((6.0, 14.0, 40.0)),
        flaky_tests=dice.choice((1.0, 4.0, 8.0)),
        rerun=dice.random() < 0.4,
    )


def _builder_row(builder: _Builder) -> _Row:
    own = {"name": builder.name, "tags": list(builder.tags), "minutes": builder.minutes}
    return {"type": "builder", "branch": "main", **own}


def _make_builders(world: _World) -> None:
    dice, knobs = world.dice, world.knobs
    for n in range(knobs.builders):
        platform = dice.choice(_PLATFORMS)
        stable = "unstable" if n and dice.random() < knobs.unstable else "stable"
        minutes = dice.choice(knobs.cycles)
        world.builders.append(_Builder(f"{platform}-{n}", (platform, stable), minutes))


def _choose_scope(world: _World) -> frozenset[str]:
    """Everywhere, one platform, or one builder."""
    dice = world.dice
    names = [b.name for b in world.builders]
    roll = dice.random()
    if roll < 0.45:
        return frozenset(names)
    chosen = dice.choice(world.builders)
    if roll < 0.7:
        return frozenset(b.name for b in world.builders if b.tags[0] == chosen.tags[0])
    return frozenset((chosen.name,))


def _make_test(dice: random.Random, module: str) -> str:
    return f"{module}/tests/test_{dice.choice(_WORDS).replace(' ', '_')}_{dice.randrange(40)}"


def _say(dice: random.Random, *, transient: float) -> str:
    says = _TRANSIENT_SAYS if dice.random() < transient else _SAYS
    return dice.choice(says).format(a=dice.randrange(90), b=dice.randrange(90, 200))


def _make_tests(dice: random.Random, count: int, transient: float) -> list[tuple[str, str]]:
    says = _say(dice, transient=transient)
    return [(_make_test(dice, dice.choice(_MODULES)), says) for _ in range(count)]


def _make_noise(world: _World) -> None:
    """Flaky tests, outages, and what was red for ever."""
    dice, knobs = world.dice, world.knobs
    for _ in range(_poisson(dice, knobs.flaky_tests)):
        rate = 10 ** dice.uniform(-3.0, -0.7)
        tests = _make_tests(dice, dice.choice((1, 1, 1, 3)), 0.45)
        scope = _choose_scope(world)
        world.causes.append(_Cause("flaky", tests, scope, rate, together=False))
    for _ in range(_poisson(dice, knobs.outages_per_day * knobs.days)):
        begin = START + dice.uniform(0, knobs.days * 24 * HOUR)
        end = begin + HOUR * dice.lognormvariate(1.5, 0.9)
        tests = _make_tests(dice, dice.choice((1, 2, 8)), 0.65)
        cause = _Cause("environment", tests, _choose_scope(world), 0.95, begin, end)
        world.causes.append(cause)
    if dice.random() < knobs.always_red:
        name = dice.choice(world.builders).name
        tests = _make_tests(dice, 1, 0.1)
        world.causes.append(_Cause("old", tests, frozenset((name,)), 1.0))


def _run(world: _World) -> Iterator[float]:
    """Commits come, builders build the newest commit, fixes follow what was seen.

    Yields the time; what becomes known by then has been found.
    """
    dice, knobs = world.dice, world.knobs
    end = START + knobs.days * 24 * HOUR
    own = {b.name: b for b in world.builders}
    free = [(START + dice.uniform(0, b.minutes * 60), b.name) for b in world.builders]
    heapq.heapify(free)
    built = dict.fromkeys(own, -1)
    next_commit, forced_twin = START, False
    while True:
        now, builder = free[0]
        if min(now, next_commit) >= end:
            yield math.inf
            return
        yield min(now, next_commit)
        if next_commit <= now:
            forced_twin = _commit(world, next_commit, forced_twin)
            next_commit += dice.expovariate(knobs.commits_per_day / (24 * HOUR))
            continue
        newest = len(world.commits) - 1
        again = dice.random() < 0.02 and newest > 2
        if newest == built[builder] and not again:
            heapq.heapreplace(free, (next_commit + 1.0, builder))
            continue
        position = dice.randrange(max(0, newest - 6), newest + 1) if again else newest
        done = _build(world, own[builder], position, now, forced=again)
        heapq.heapreplace(free, (done, builder))
        built[builder] = max(built[builder], position)


def _commit(world: _World, at: float, twin: bool) -> bool:
    """A commit lands: a fix that is due, or a change that may break something."""
    dice, knobs = world.dice, world.knobs
    position = len(world.commits)
    module = dice.choice(_MODULES)
    row: _Row = {"title": f"{module}: {dice.choice(_WORDS)}", "reverts": None}
    count = 1 + int(dice.expovariate(0.5))
    row["files"] = [f"{module}/src/{dice.choice(_WORDS).split()[0]}{n}.c" for n in range(count)]
    fixes = [(when, cause) for when, cause in world.due if when <= at]
    breaks = False
    if fixes:
        _, cause = fixes[0]
        world.due.remove(fixes[0])
        cause.fix = position
        culprit = world.commits[cause.culprit or 0]
        row["files"] = culprit["files"]
        if dice.random() < 0.5:
            row |= {"title": f'Revert "{culprit["title"]}"', "reverts": culprit["sha"]}
    elif twin or dice.random() < knobs.regressions_per_commit:
        breaks = True
        _break(world, position, module)
    _land(world, row, at)
    return breaks and not twin and dice.random() < knobs.twins


def _land(world: _World, row: _Row, at: float) -> None:
    dice, knobs = world.dice, world.knobs
    position = len(world.commits)
    sha = f"{dice.getrandbits(160):040x}"
    commit: _Row = {
        "type": "commit",
        "repo": "example/simulated",
        "branch": "main",
        "sha": sha,
        "parent": world.commits[-1]["sha"] if world.commits else None,
        "at": int(max(START - 1, at - dice.uniform(0, knobs.commit_clock))),
        "author": f"dev{dice.randrange(9)}",
        "pr": None if dice.random() < knobs.no_pull else 1000 + position,
        **row,
    }
    world.commits.append(commit)
    heapq.heappush(world.untold, (at, False, position, commit))


def _break(world: _World, position: int, module: str) -> None:
    dice, knobs = world.dice, world.knobs
    compiles = dice.random() < 0.15
    count = 1 if compiles else dice.choice((1, 1, 1, 2, 4, 12))
    says = _say(dice, transient=0.05)
    where = [module if dice.random() < 0.6 else dice.choice(_MODULES) for _ in range(count)]
    tests = [(f"{module}/src/main.c" if compiles else _make_test(dice, m), says) for m in where]
    rate = 0.5 if not compiles and dice.random() < knobs.intermittent else 1.0
    cause = _Cause("regression", tests, _choose_scope(world), rate, culprit=position)
    cause.compiles = compiles
    world.causes.append(cause)


def _build(world: _World, own: _Builder, position: int, now: float, *, forced: bool) -> float:
    """One build of one builder; returns when it ends."""
    dice, knobs = world.dice, world.knobs
    end = now + own.minutes * 60 * dice.uniform(0.8, 1.25)
    failures, compiled = _fail(world, own.name, position, end)
    lost = dice.random() < knobs.missing
    red = any(not f.get("passed_on_rerun") for f in failures)
    result = "exception" if lost else "failure" if red else "warnings" if failures else "success"
    if not lost:
        _notice(world, failures, end)
    world.builds += 1
    build: _Row = {
        "type": "build",
        "builder": own.name,
        "number": world.builds,
        "worker": f"worker-{own.name}",
        "revision": world.commits[position]["sha"],
        "started": int(now),
        "finished": int(end),
        "result": result,
        "scheduled_by": "force" if forced else "branch",
        "tests_ran": compiled and not lost,
        "failures": []
        if lost
        else [{k: v for k, v in f.items() if k != "cause"} for f in failures],
    }
    heapq.heappush(world.untold, (end, True, world.builds, build))
    return end


def _fail(world: _World, builder: str, position: int, at: float) -> tuple[list[_Row], bool]:
    """What fails in a build, and whether it compiled."""
    dice = world.dice
    failing: dict[str, _Row] = {}
    striking = [c for c in world.causes if c.strikes(builder, position, at)]
    for cause in sorted(striking, key=lambda c: not c.compiles):
        if cause.compiles:
            test, says = cause.tests[0]
            return [{"kind": "compile", "test": test, "message": says, "cause": cause}], False
        together = dice.random() < cause.rate
        for test, says in cause.tests:
            if together if cause.together else dice.random() < cause.rate:
                row: _Row = {"kind": "test", "test": test, "message": says, "cause": cause}
                if world.knobs.rerun and cause.kind == "flaky" and dice.random() < 0.6:
                    row["passed_on_rerun"] = True
                failing.setdefault(test, row)
    return list(failing.values()), True


def _notice(world: _World, failures: list[_Row], at: float) -> None:
    """Somebody sees a regression, and mends it some hours later."""
    for failure in failures:
        cause = failure["cause"]
        if isinstance(cause, _Cause):
            new, cause.seen = cause.seen is None, min(at, cause.seen or at)
            if new and cause.kind == "regression":
                delay = HOUR * world.dice.lognormvariate(1.3, 1.1)
                world.due.append((at + delay, cause))


def _render_truth(world: _World) -> Iterator[_Row]:
    for n, cause in enumerate(world.causes):
        culprit = world.commits[cause.culprit] if cause.culprit is not None else None
        fix = world.commits[cause.fix] if cause.fix is not None else None
        seen = cause.seen is not None and (fix is None or int(cause.seen) < int(str(fix["at"])))
        yield {
            "type": "truth",
            "episode": f"e{n}",
            "kind": cause.kind,
            "culprit": culprit and culprit["sha"],
            "pr": culprit and culprit["pr"],
            "fixed_by": fix and fix["sha"],
            "fixed_at": fix and fix["at"],
            "tests": [test for test, _ in cause.tests],
            "builders": sorted(cause.builders),
            "compile": cause.compiles,
            "fail_rate": cause.rate,
            "first_seen": None if cause.seen is None else int(cause.seen),
            "visible": seen,
        }


def _poisson(dice: random.Random, mean: float) -> int:
    count, at = 0, dice.expovariate(1.0)
    while at < mean:
        count, at = count + 1, at + dice.expovariate(1.0)
    return count


def main() -> int:
    """Print one history."""
    usual = Knobs()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "seed", type=int, nargs="?", help="without one: how many rows there would be"
    )
    parser.add_argument("--builders", type=int, default=6)
    parser.add_argument("--days", type=float, default=10.0)
    parser.add_argument("--commits-per-day", type=float, default=usual.commits_per_day)
    parser.add_argument("--flaky-tests", type=float, default=usual.flaky_tests, help="on average")
    parser.add_argument("--cycles", type=float, nargs="+", default=usual.cycles, metavar="MINUTES")
    args = parser.parse_args()
    knobs = Knobs(
        builders=args.builders,
        days=args.days,
        commits_per_day=args.commits_per_day,
        cycles=tuple(args.cycles),
        flaky_tests=args.flaky_tests,
    )
    rows = tell(args.seed or 0, knobs)
    if args.seed is None:
        count = sum(1 for _ in rows)
        print(f"a fleet of {args.builders} builders over {args.days:g} days has {count} rows")
        return 0
    for row in rows:
        print(json.dumps(row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
