"""A story of a fleet, from a seed: merges, regressions, flakes, outages and fixes.

In: a seed and how many regressions. Out: phases of steps, the same for the same seed. What one
phase breaks, a later one mends; between two phases everybody has time to catch up.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.core.model.build_results import Result

BUILDERS = tuple(
    f"{arch} {system}"
    for arch in ("AMD64", "ARM64", "s390x")
    for system in ("Debian", "Fedora", "FreeBSD", "Windows")
)

# A slow builder builds once where the others build twice: some commits share its build.
_SLOW = frozenset(BUILDERS[8:])

# Of all builds on an unbroken fleet; some percent is what CPython's and LLVM's fleets show.
_FLAKY, _OUTAGE = 0.03, 0.03

FIRST_PULL = 101


@dataclass(frozen=True, slots=True)
class Merge:
    """A pull lands."""

    number: int
    title: str
    path: str


@dataclass(frozen=True, slots=True)
class Build:
    """A builder builds what `pull` made the branch; `retried` ends before as RETRY, untold."""

    builder: str
    pull: int
    result: Result
    failing: tuple[str, ...] = ()
    retried: bool = False


Step = Merge | Build


@dataclass(slots=True)
class _Regression:
    """A test that a pull broke on some builders, until another pull mends it."""

    test: str
    builders: tuple[str, ...]


@dataclass(slots=True)
class _Teller:
    chance: random.Random
    numbers: Iterator[int]
    crashes: bool  # Buildbot itself is killed now and then
    broken: list[_Regression] = field(default_factory=list)
    told: int = 0

    def tell_break(self) -> Iterator[Step]:
        """An innocent, the culprit, and one after it; the affected go red, the others do not."""
        yield from self._round("Tidy up")
        self.told += 1
        builders = self.chance.sample(BUILDERS[:8], 3) + self.chance.sample(BUILDERS[8:], 1)
        regression = _Regression(f"test_case{self.told:02}", tuple(builders))
        self.broken.append(regression)
        yield from self._round(f"Break {regression.test}")
        yield from self._round("Go on")

    def tell_fix(self) -> Iterator[Step]:
        """The oldest regression is mended."""
        mended = self.broken.pop(0)
        yield from self._round(f"Mend {mended.test}")
        yield from self._round("Go on")

    def _round(self, title: str) -> Iterator[Step]:
        """A merge, and the builds that follow it."""
        number = next(self.numbers)
        yield Merge(number, title, f"Lib/module{number % 17}.py")
        for builder in self.chance.sample(BUILDERS, len(BUILDERS)):
            if builder not in _SLOW or number % 2:
                yield from self._build(builder, number)

    def _build(self, builder: str, pull: int) -> Iterator[Step]:
        failing = tuple(r.test for r in self.broken if builder in r.builders)
        if self.chance.random() < _OUTAGE:
            yield Build(builder, pull, Result.EXCEPTION)
            return
        if not failing and self.chance.random() < _FLAKY:
            yield Build(builder, pull, Result.FAILURE, (f"test_flaky{pull % 3}",))
        result = Result.FAILURE if failing else Result.SUCCESS
        yield Build(
            builder, pull, result, failing, retried=self.crashes and self.chance.random() < _OUTAGE
        )


def tell_story(
    seed: int, regressions: int, phases: int, *, crashes: bool = True
) -> list[list[Step]]:
    """Each phase but the first mends half of what is broken, the last all of it.

    A single phase only breaks.
    """
    teller = _Teller(random.Random(seed), iter(range(FIRST_PULL, 100_000)), crashes)
    told: list[list[Step]] = []
    breaking = max(1, phases - 1)
    shares = [regressions // breaking] * breaking + [0] * (phases - breaking)
    shares[0] += regressions - sum(shares)
    for share in shares:
        fixes = len(teller.broken) if share == 0 else len(teller.broken) // 2
        steps = [step for _ in range(fixes) for step in teller.tell_fix()]
        steps += [step for _ in range(share) for step in teller.tell_break()]
        told.append(steps)
    return told
