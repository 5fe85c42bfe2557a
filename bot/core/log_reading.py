"""What a log says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

NOT_RED = "this build is not red"
"""How the first note begins where nothing failed; people are told of it before all else."""


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
    """One run of a suite in a step; with the failures it tells what passed.

    `complete`: it came to its own end. What did not run all the same, because its file, class or
    module could not be set up, died or was left out, is in `not_reached`.
    """

    __test__ = False  # not a pytest class

    suite: str
    complete: bool
    # Canonical ids of tests, and of the classes, files and folders that hold them. None: of a run
    # that is not complete, unknown; of a complete one, nothing.
    not_reached: tuple[str, ...] | None = None
    step: str | None = None  # the name of its step; None: not known

    def reached(self, test: str) -> bool:
        """True when the test surely ran, if the suite has it at all."""
        if self.not_reached is None:
            return self.complete
        return not any(is_inside(test, place) for place in self.not_reached)


# What stands in an id between a place and what is inside it: files in folders, classes in files,
# tests in classes, subtests and parameters in tests. A blank alone is part of a name.
_SEPARATORS = (".", ":", "/", "#", "[", " > ", " › ", " :: ")

# Every build is asked of every open failure: so many tests fail at a time.
_PLACES_KEPT = 4096


def is_inside(test: str, place: str) -> bool:
    """True for the place itself and for all that its name holds."""
    return test.startswith(place) and (
        len(test) == len(place) or test.startswith(_SEPARATORS, len(place))
    )


@lru_cache(_PLACES_KEPT)
def find_places(test: str) -> tuple[str, ...]:
    """The id itself, and all that hold it: its class, its file, the folders of that."""
    ends = (n for mark in _SEPARATORS for n in _find_all(test, mark))
    return (test, *(test[:n] for n in sorted(ends, reverse=True) if n))


def _find_all(text: str, mark: str) -> Iterator[int]:
    at = text.find(mark)
    while at >= 0:
        yield at
        at = text.find(mark, at + 1)


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
    argv: str | None = None  # what the worker was told to run, whatever that printed of itself
    # Kernel, compiler, libraries as tools print them: (name, value), each name once, in order.
    environment: tuple[tuple[str, str], ...] = ()
    is_file: bool = False  # not the console, but what a test runner wrote for machines

    @property
    def tests(self) -> tuple[str, ...]:
        """Canonical ids of the tests that failed for good, each once, in the order of the log."""
        failed = (f.test for f in self.failures if f.test and not f.passed_on_rerun)
        return tuple(dict.fromkeys(failed))
