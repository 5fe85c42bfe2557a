"""The nouns of the road, one meaning each.

Everything here is frozen and made of tuples, so that the same facts give the same bytes.
Times are aware UTC datetimes; a `sha` is a full hexadecimal git revision.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.errors import Malformed
from bot.core.results import Result

# ---------------------------------------------------------------- keys of the inbox


class KeyKind(StrEnum):
    """What reconciling a key looks at."""

    BUILD = "build"
    BRANCH = "branch"
    PULL = "pull"
    COMMAND = "command"
    SWEEP = "sweep"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Something to look at: `build/<source>/<id>`, `branch/<repo>@<branch>`, `pull/<repo>#<n>`…"""

    kind: KeyKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Key:
        """The inverse of `str`; raises `Malformed`."""
        kind, _, name = text.partition("/")
        if kind not in set(KeyKind) or not name:
            raise Malformed(f"not a key: {text!r}")
        return cls(KeyKind(kind), name)


def build_key(source: str, buildid: int) -> Key:
    """The key of one build of the Buildbot called `source`."""
    return Key(KeyKind.BUILD, f"{source}/{buildid}")


def branch_key(repo_id: int, branch: str) -> Key:
    """The key of a branch of a repository, by GitHub's numeric id."""
    return Key(KeyKind.BRANCH, f"{repo_id}@{branch}")


def pull_key(repo_id: int, number: int) -> Key:
    """The key of a pull of a repository, by GitHub's numeric id."""
    return Key(KeyKind.PULL, f"{repo_id}#{number}")


UNPLACED_SWEEP = "unplaced"  # builds of which it was not known where their commits live


def sweep_key(name: str) -> Key:
    """The key of a timer's catching up."""
    return Key(KeyKind.SWEEP, name)


_BUILD_NAME = re.compile(r"([^/]+)/(\d+)")
_BRANCH_NAME = re.compile(r"(\d+)@(.+)")
_PULL_NAME = re.compile(r"(\d+)#(\d+)")


def parse_build_name(name: str) -> tuple[str, int]:
    """`<source>/<buildid>` of a build key."""
    source, buildid = _match(_BUILD_NAME, name)
    return source, int(buildid)


def parse_branch_name(name: str) -> tuple[int, str]:
    """`<repo id>@<branch>` of a branch key."""
    repo_id, branch = _match(_BRANCH_NAME, name)
    return int(repo_id), branch


def parse_pull_name(name: str) -> tuple[int, int]:
    """`<repo id>#<number>` of a pull key."""
    repo_id, number = _match(_PULL_NAME, name)
    return int(repo_id), int(number)


def _match(pattern: re.Pattern[str], name: str) -> tuple[str, str]:
    found = pattern.fullmatch(name)
    if found is None:
        raise Malformed(f"not the name of such a key: {name!r}")
    return found[1], found[2]


# ---------------------------------------------------------------- Buildbot's nouns


class ScheduledBy(StrEnum):
    """Why a build was made. Forced and rebuilt ones are evidence, never a baseline."""

    BRANCH = "branch"
    FORCE = "force"
    REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Builder:
    """A job definition of one Buildbot."""

    source: str
    builderid: int
    name: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Build:
    """One run of one builder at one revision, as Buildbot's REST API tells it."""

    source: str
    buildid: int
    number: int
    builderid: int
    buildrequestid: int
    worker: str
    branch: str | None
    revision: str | None  # got_revision; never the one that was asked for
    repository: str | None  # "owner/name" where the sourcestamp names one
    scheduled_by: ScheduledBy
    result: Result | None  # None while it runs
    started_at: datetime
    complete_at: datetime | None
    state_string: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """One log of one step of a build."""

    logid: int
    step: str
    step_number: int
    step_result: Result | None
    name: str
    lines: int
    lettered: bool = True  # `stdio`: each line begins with the letter of its stream


# ---------------------------------------------------------------- GitHub's nouns


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository by GitHub's numeric id, so that renames do no harm."""

    repo_id: int
    full_name: str
    default_branch: str = "main"


@dataclass(frozen=True, slots=True)
class Commit:
    """A node of a branch's first-parent line, with the pull that GitHub verifies for it."""

    sha: str
    parent: str | None  # first parent
    at: datetime  # when it was committed, by the committer's clock: for people, not for order
    title: str
    author: str | None
    pull: int | None  # verified: merged into this branch by this very commit
    reverts: str | None = None  # the sha that it says it reverts
    files: tuple[str, ...] | None = None  # None: not fetched


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as GitHub tells it now."""

    repo_id: int
    number: int
    title: str
    author: str | None
    base: str
    merged: bool
    merge_sha: str | None
    locked: bool
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    """One of the comments on a pull."""

    comment_id: int
    author: str
    body: str
    node_id: str = ""


# ---------------------------------------------------------------- what a log says


class Kind(StrEnum):
    """What kind of thing went wrong: of a failure, and of a log as a whole."""

    TEST_FAILURE = "test_failure"
    CRASH = "crash"
    TIMEOUT = "timeout"
    ENV_CHANGED = "env_changed"
    REFLEAK = "refleak"
    COMPILE_ERROR = "compile_error"
    LINK_ERROR = "link_error"
    BUILD_FAILURE = "build_failure"
    CONFIG_ERROR = "config_error"
    NO_TESTS = "no_tests"
    INTERRUPTED = "interrupted"
    LINT = "lint"
    DOCS = "docs"
    COVERAGE = "coverage"
    PYTHON_ERROR = "python_error"
    INFRA = "infra"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that went wrong in a build."""

    suite: str  # the runner or tool: "regrtest", "unittest", "gcc", …
    kind: Kind
    test: str | None  # canonical id: the same on every builder, runner version and verbosity
    message: str  # one line, secrets masked, as the log has it
    exception: str | None = None  # type, e.g. "AssertionError"
    location: str | None = None  # "path:line" in the source
    line: int | None = None  # 1-based line of the log
    passed_on_rerun: bool | None = None
    excerpt: tuple[str, ...] = ()  # this failure's own lines of the log


@dataclass(frozen=True, slots=True)
class TestRun:
    """One run of a suite in a step; with the failures it tells what passed."""

    __test__ = False  # not a pytest class

    suite: str
    complete: bool
    not_reached: tuple[str, ...] | None = None  # canonical ids; None: unknown


@dataclass(frozen=True, slots=True)
class Reading:
    """What a log says: the `explain` result. Also of a whole build, over its logs."""

    kind: Kind = Kind.UNKNOWN
    failures: tuple[Failure, ...] = ()  # in the order of the log
    excerpt: tuple[str, ...] = ()  # true lines of the log, the cause first
    rerun: str | None = None  # "passed" | "failed" | "crashed"
    seed: str | None = None
    command: str | None = None
    reproduce: str | None = None
    exit_status: int | None = None
    runs: tuple[TestRun, ...] = ()
    notes: tuple[str, ...] = ()
    bytes: int = 0
    lines: int = 0
    partial: bool = False  # stopped at a cap: mints no signatures

    @property
    def tests(self) -> tuple[str, ...]:
        """Canonical ids of the tests that failed for good, each once, in the order of the log."""
        failed = (f.test for f in self.failures if f.test and not f.passed_on_rerun)
        return tuple(dict.fromkeys(failed))


# ---------------------------------------------------------------- blame


@dataclass(frozen=True, slots=True, order=True)
class Signature:
    """The stable name of a failure: the same on two builders, different for two causes."""

    branch: str
    suite: str
    kind: Kind
    site: str  # canonical test, or the first error site
    message: str  # normalised

    @property
    def is_test(self) -> bool:
        """True when the site is a test, so that a complete run without it means it passed."""
        return self.kind in _TEST_KINDS


_TEST_KINDS = frozenset(
    {Kind.TEST_FAILURE, Kind.CRASH, Kind.TIMEOUT, Kind.ENV_CHANGED, Kind.REFLEAK}
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A signature as one build showed it."""

    signature: Signature
    passed_on_rerun: bool = False
    step: str | None = None  # the name of the step that showed it; None: not known


@dataclass(frozen=True, slots=True)
class Observation:
    """All that one finished build says; per signature its outcome is inferred from it."""

    source: str
    buildid: int
    number: int
    builder: str
    stable: bool
    tags: tuple[str, ...]
    worker: str
    branch: str
    revision: str | None
    result: Result
    scheduled_by: ScheduledBy
    started_at: datetime
    complete_at: datetime
    sightings: tuple[Sighting, ...] = ()
    runs: tuple[TestRun, ...] = ()
    steps: tuple[str, ...] | None = None  # those that ran and did not fail; None: not known

    @property
    def order(self) -> tuple[datetime, int]:
        """The order of folding, whatever the order of arrival."""
        return (self.complete_at, self.buildid)


class Outcome(StrEnum):
    """What a build says of one signature; `None` where it says nothing."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    FLAKED = "flaked"  # failed, then passed at the same commit within the build


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
    last_good_build: int | None  # buildid
    first_bad_build: int  # buildid


@dataclass(frozen=True, slots=True)
class Testimony:
    """What one build says for or against a suspect."""

    builder: str
    buildid: int
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
    testimony: tuple[Testimony, ...] = field(default=(), compare=False)


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
    first_red_build: int  # buildid
    # Buildids that showed it, in the order of folding. Of more than 64 some in the middle are left
    # out: ask `is_shown_by`.
    red_builds: tuple[int, ...]
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
        """How sure we are, rounded down and never all: nobody is told more than we know."""
        return min(99, int(self.confidence * 100 + 1e-6))  # the small part is for binary fractions

    def is_shown_by(self, buildid: int, at: datetime, sightings: tuple[Sighting, ...]) -> bool:
        """Whether a build of its branch that ended at this time is one of its red ones."""
        if buildid in self.red_builds:
            return True
        if at < self.opened_at or (self.closed_at is not None and at > self.closed_at):
            return False
        return any(s.signature in self.signatures and not s.passed_on_rerun for s in sightings)


# ---------------------------------------------------------------- the way from a build to its facts


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What is kept of a build: Buildbot's words, our reading, and where it belongs."""

    build: Build
    builder: Builder
    repo_id: int | None
    stable: bool = False  # whether this builder may open incidents
    reading: Reading | None = None  # None: no log was read
    sightings: tuple[Sighting, ...] = ()
    url: str = ""
    note: str = ""  # a named reason where something was missing
    sources: tuple[str, ...] = field(default=())  # the logs that were read, "step/log"
    steps: tuple[str, ...] | None = None  # those that ran and did not fail; None: not known


@dataclass(frozen=True, slots=True)
class FactsSince:
    """Observations of a branch saved after a version, and the versions that now hold."""

    observations: tuple[Observation, ...]
    version: int
    line_version: int = 0  # of the branch's commits and what is known of them
    incidents_version: int = 0  # of what is stored of its incidents


@dataclass(frozen=True, slots=True)
class Line:
    """The first-parent commits of a branch, oldest first; positions count from `base`."""

    epoch: int
    base: int
    commits: tuple[Commit, ...]
    version: int = field(default=0, compare=False)  # raised by every change of it in the store


# ---------------------------------------------------------------- what keeps us from the truth


class TroubleKind(StrEnum):
    """What is wrong with a place for longer than a retry."""

    REFUSED = "refused"  # GitHub says no for good: no installation, no permission, hidden
    MISSING = "missing"  # builds name commits that GitHub does not show


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing can be found out about a place, until it goes well there again."""

    place: str  # "owner/name", or "owner/name@branch"
    kind: TroubleKind
    words: str
    since: datetime


# ---------------------------------------------------------------- what was said


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said (or would have been, in a dry run) on a pull."""

    incident_id: str
    verdict: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Speech:
    """What should stand on a pull, and what does."""

    repo_id: int
    number: int
    thread: int = 1
    wanted: str | None = None
    standing: str | None = None
    comment_id: int | None = None
    posted_at: datetime | None = None
    intent_at: datetime | None = None  # a post was begun and its end is not known
    why_silent: str | None = None
    incidents: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()
    folded: str | None = None  # as what GitHub shows our comment folded; None: it is in sight
    outdated: tuple[int, ...] = ()  # earlier comments of ours that are still to be folded
    deleted_at: datetime | None = None  # somebody took our comment away: nothing more is said
    held_rank: int | None = None  # kept back by a limit; the higher goes first when there is room
    look_at: datetime | None = None  # when to look again though nothing happened
