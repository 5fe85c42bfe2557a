"""What a log says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
