"""What we believe: incidents, and all that is told of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.model.builds import BuildRef
from bot.core.model.observations import Occurrence, Outcome, Signature


class Verdict(StrEnum):
    """What we believe of an incident."""

    UNKNOWN = "unknown"
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    FLAKY = "flaky"
    ENVIRONMENT = "environment"
    OLD = "old"


ACCUSING = frozenset({Verdict.SUSPECTED, Verdict.CONFIRMED})
"""The verdicts that name a pull."""


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    FIXED = "fixed"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


def find_percent(p: float) -> int:
    """A share of belief as people are told it: rounded down, and never all.

    The one place where it is rounded, so that no two pages tell the same belief otherwise.
    """
    return min(99, int(p * 100 + 1e-6))  # the small part is for binary fractions


@dataclass(frozen=True, slots=True)
class RegressionRange:
    """(last commit seen good, first commit seen bad]; None: open at that end."""

    last_good: str | None
    first_bad: str | None


@dataclass(frozen=True, slots=True)
class BuilderRange:
    """The regression range of an incident on one builder, with the builds at its ends."""

    builder: str
    range: RegressionRange
    last_good_build: BuildRef | None
    first_bad_build: BuildRef


@dataclass(frozen=True, slots=True)
class BuildEvidence:
    """What one build says for or against a suspect."""

    builder: str
    build: BuildRef
    outcome: Outcome
    weight: float  # ln of the odds it multiplies: above 0 it speaks for the suspect, below against
    told: str  # one plain sentence


@dataclass(frozen=True, slots=True)
class Suspect:
    """A commit of the range, and how likely it is the culprit."""

    sha: str
    pull: int | None
    p: float
    # The weightiest first. It explains, and makes no difference: not to be compared.
    testimony: tuple[BuildEvidence, ...] = field(default=(), compare=False)

    @property
    def percent(self) -> int:
        """How likely it is, as people are told."""
        return find_percent(self.p)


@dataclass(frozen=True, slots=True)
class FlakeRecord:
    """A failure before this incident: of `runs` builds, `flakes` failed for no cause."""

    flakes: int
    runs: int


@dataclass(frozen=True, slots=True)
class Fix:
    """Where the failure went away, and the pull that did it if only one is left."""

    range: RegressionRange  # (last FAIL, first PASS], intersected over the builders
    pull: int | None
    sha: str | None = None  # the commit, when only one is left


@dataclass(frozen=True, slots=True)
class Incident:
    """What we think is one cause: signatures on builders, from first red until green."""

    id: str
    branch: str
    signatures: tuple[Signature, ...]
    builders: tuple[str, ...]
    verdict: Verdict
    state: IncidentState
    range: RegressionRange  # intersected over the builders
    ranges: tuple[BuilderRange, ...]
    suspects: tuple[Suspect, ...]
    opened_at: datetime  # complete_at of the first red build: Buildbot's clock
    first_red_build: BuildRef
    # Builds that showed it, in the order of folding. Of more than 64 some in the middle are left
    # out: ask `is_shown_by`.
    red_builds: tuple[BuildRef, ...]
    pull: int | None = None  # the one accused
    confidence: float = 0.0
    reason: str = ""  # one sentence: why this verdict
    awaited: tuple[str, ...] = ()  # what evidence would settle it, one sentence each
    closed_at: datetime | None = None
    fix: Fix | None = None
    # None: nothing is known of its past. It explains, and makes no difference.
    record: FlakeRecord | None = field(default=None, compare=False)

    @property
    def percent(self) -> int:
        """How sure we are: nobody is told more than we know."""
        return find_percent(self.confidence)

    def is_shown_by(self, build: BuildRef, at: datetime, sightings: tuple[Occurrence, ...]) -> bool:
        """Whether a build of its branch that ended at this time is one of its red ones."""
        if build in self.red_builds:
            return True
        if at < self.opened_at or (self.closed_at is not None and at > self.closed_at):
            return False
        return any(s.signature in self.signatures and not s.passed_on_rerun for s in sightings)
