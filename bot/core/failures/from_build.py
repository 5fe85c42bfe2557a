"""What to look at in a build, what it shows, and what is missing of it.

Input: a build as Buildbot tells it, its logs and what they say. Output: the logs worth reading,
sightings, named gaps.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.failures.normalize import normalise
from bot.core.failures.signature import make_signature
from bot.core.model import (
    Build,
    Failure,
    Kind,
    Log,
    Occurrence,
    Reading,
    Signature,
    StepRun,
    TestRun,
)
from bot.core.model.build_results import is_evidence, is_green, is_read, is_red

# A runner's summary is within some hundred lines of the end, also with a long list of tests.
_TAIL_LINES = 2000
# A build that nobody saw run a suite says nothing of it, and of a quiet runner the log is shorter
# than that of a checkout. So short logs are read as well: each is a single answer.
_TAILS = 2
_SHORT_LINES = 400
_SHORT_LOGS = 6

# What is nobody's commit, or not understood, opens no incident.
NOT_ATTRIBUTABLE = frozenset({Kind.INFRA, Kind.UNKNOWN, Kind.INTERRUPTED})


def find_occurrences(
    build: Build, readings: Sequence[tuple[Log, Reading]]
) -> tuple[Occurrence, ...]:
    """The signatures a build shows, once for each step in whose logs they stand.

    What failed twice and passed when one of the two was run again has failed. If any reading is
    partial there are none, for it may have missed some.
    """
    if build.branch is None or any(reading.partial for _, reading in readings):
        return ()
    seen: dict[tuple[Signature, str], bool] = {}
    for log, reading in readings:
        for failure in reading.failures:
            if _is_told(build, failure):
                place = make_signature(build.branch, failure), log.step
                seen[place] = seen.get(place, True) and bool(failure.passed_on_rerun)
    return tuple(Occurrence(signature, passed, step) for (signature, step), passed in seen.items())


def find_steps(logs: Sequence[Log]) -> tuple[str, ...] | None:
    """The names of the steps that ran and did not fail; None: the logs are gone.

    A step that was skipped has no log, or says so.
    """
    failed = {log.step for log in logs if not is_green(log.step_result)}
    ran = dict.fromkeys(log.step for log in logs if log.step not in failed)
    return tuple(ran) if logs else None


def make_step_runs(
    logs: Sequence[Log], readings: Sequence[tuple[Log, Reading]]
) -> tuple[StepRun, ...]:
    """The steps whose logs are at hand, with what those that were read had been told to run."""
    commands: dict[str, str] = {}
    for log, reading in readings:
        if reading.argv:
            commands.setdefault(log.step, normalise(reading.argv))
    steps = {log.step: log.step_result for log in sorted(logs, key=lambda log: log.step_number)}
    return tuple(
        StepRun(name, commands.get(name), is_green(result))
        for name, result in steps.items()
        if is_green(result) or is_red(result)  # what was skipped or cancelled ran nothing
    )


def place_runs(build: Build, log: Log, reading: Reading) -> Reading:
    """A reading whose test runs know their step, and what is not told of their tests.

    A pass is inferred from what a run lists. So nothing passed in a run that was read in part, and
    no test of which a failure was read that is nobody's, or of a green build.
    """
    untold = tuple(f.test for f in reading.failures if f.test and not _is_told(build, f))
    runs = (replace(run, step=log.step) for run in reading.runs)
    if reading.partial:
        return replace(
            reading, runs=tuple(replace(r, complete=False, not_reached=None) for r in runs)
        )
    return replace(reading, runs=tuple(_without(run, untold) for run in runs))


def _is_told(build: Build, failure: Failure) -> bool:
    """A failure that the build is known to show; of a green one only what passed in the end."""
    passed = bool(failure.passed_on_rerun)
    return failure.kind not in NOT_ATTRIBUTABLE and (passed or not is_green(build.result))


def _without(run: TestRun, tests: tuple[str, ...]) -> TestRun:
    if not tests or (run.not_reached is None and not run.complete):
        return run
    return replace(run, not_reached=(*(run.not_reached or ()), *tests))


def find_logs_to_read(build: Build, logs: Sequence[Log]) -> tuple[tuple[Log, int | None], ...]:
    """The logs worth reading, with how many of their last lines; None: the whole.

    Of a red build, or one that a later step ended with an exception, those of the failed steps,
    what people look at first (`stdio`) before the rest. Of a green one the tails of the longest,
    where a runner says that it ran, and what passed only on a re-run: tests print more than
    anything but compilers.
    """
    if is_read(build.result) and not is_green(build.result):
        failed = [log for log in logs if is_red(log.step_result)]
        failed.sort(key=lambda log: (log.name != "stdio", log.step_number, log.logid))
        return tuple((log, None) for log in failed)
    if not is_green(build.result):
        return ()
    stdio = [log for log in logs if log.name == "stdio" and log.lines and not log.deleted]
    stdio.sort(key=lambda log: (-log.lines, log.logid))
    short = [log for log in stdio[_TAILS:] if log.lines <= _SHORT_LINES]
    return tuple((log, _TAIL_LINES) for log in (*stdio[:_TAILS], *short[:_SHORT_LOGS]))


def find_missing_context(build: Build) -> tuple[str, ...]:
    """Named reasons why a build that tells of its revision cannot be placed on a branch."""
    if not is_evidence(build.result):
        return ()
    gaps = (
        (build.revision is None, "no revision: the build did not get as far as one"),
        (build.branch is None, "no branch: the sourcestamp names none"),
    )
    return tuple(words for missing, words in gaps if missing)


def is_same_build(one: Build, other: Build) -> bool:
    """Whether two builds with one id are the same: what never changes of a build is the same."""
    return (one.number, one.builderid, one.started_at) == (
        other.number,
        other.builderid,
        other.started_at,
    )


def is_same_end(one: Build, other: Build) -> bool:
    """Whether a build ended as it did when it was read; masters close builds anew at a restart."""
    return (one.result, one.complete_at) == (other.result, other.complete_at)
