"""The case against the causes of one failure: what beliefs are made from, and beliefs."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WindowBuild:
    """What one build showed of the failure: where, when, and whether it failed."""

    position: int
    hours: float  # the middle of the build
    builder: str
    worker: str
    failed: bool
    flaked: bool = False  # failed, then passed within the build
    half: float = 0.0  # hours from its middle to its end

    @property
    def red(self) -> bool:
        """It was seen to fail, for good or not."""
        return self.failed or self.flaked


@dataclass(frozen=True, slots=True)
class Former:
    """The same failure before it seemed to be fixed: on which builders, and how often."""

    builders: frozenset[str]
    fails: int
    passes: int  # between its failures
    since: int  # passes of the same builders between its last failure and the new one


@dataclass(frozen=True, slots=True)
class FlakeCounts:
    """What the fleet's record says of flakiness, for one signature."""

    company: int  # signatures that began in the same build
    kin: int  # other signatures with this message that proved flaky on these builders
    found: int  # signatures of the fleet that proved flaky
    builds: int  # builds of the fleet that were evidence
    former: Former | None  # how it failed before it seemed to be fixed
    sibling: int | None  # where another one with this message had begun before, on a builder of it


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known of one failure when it is judged."""

    window: tuple[WindowBuild, ...]  # by position, from `start` on
    start: int  # position of the first suspect
    shares: tuple[float, ...]  # prior share of each suspect, from `start` on; they sum to one
    reverted: Mapping[int, int]  # suspect's position -> position of a commit that reverts it
    tags: Mapping[str, tuple[str, ...]]  # every builder's platform tags
    passes: Mapping[str, int]  # by builder: all remembered builds that did not show it
    fails: Mapping[str, int]  # by builder: all its failures that no fix explains, flaked ones too
    before: int  # how many of them are not in the window and not of the present streak
    company: int  # how many failures began in the same build
    kin: int  # other failures with this message on these builders that proved flaky
    flaky_tests: float  # how many tests of this fleet are flaky, as far as its ledger tells
    transient: bool  # the message speaks of time, network or memory
    compiles: bool  # it is an error of the compiler or linker
    former: Former | None = None  # how it failed before it seemed to be fixed, not long ago
    outlived: frozenset[int] = frozenset()  # suspects whose revert has mended nothing
    # Something with the same message had begun at this position, earlier, on the same builders.
    sibling: int | None = None

    @property
    def never_green(self) -> bool:
        """No builder that fails was seen to pass before it first failed: it may be of old."""
        passed: set[str] = set()
        for build in self.window:  # by position
            if build.failed and build.builder in passed:
                return False
            if not build.red:
                passed.add(build.builder)
        return True


@dataclass(frozen=True, slots=True)
class Posterior:
    """The posterior: it sums to one over the suspects and the three other causes."""

    start: int
    suspects: tuple[float, ...]
    even: tuple[float, ...]  # the same, had what they touched told nothing
    flaky: float
    environment: float
    old: float
    # Where a builder that showed it passed, the highest position: a suspect at or before it fails
    # now and then, or was mended, or it is another one. None passed: -1.
    last_pass: int = -1

    @property
    def decided(self) -> float:
        """How likely the likeliest cause is."""
        return max(self.flaky, self.environment, self.old, *self.suspects)

    @property
    def regression(self) -> float:
        """How likely it is that one of the suspects did it."""
        return sum(self.suspects)
