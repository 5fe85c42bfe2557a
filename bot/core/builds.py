"""What to look at in a build, what it shows, and what is missing of it.

Input: a build as Buildbot tells it, its logs and what they say. Output: the logs worth reading,
sightings, named gaps.
"""

from collections.abc import Sequence

from bot.core.model import Build, Kind, Log, Reading, Sighting, Signature
from bot.core.results import is_evidence, is_green, is_red
from bot.core.signature import make_signature

# A runner's summary is within some hundred lines of the end, also with a long list of tests.
_TAIL_LINES = 2000
_TAILS = 2

# What is nobody's commit, or not understood, opens no incident.
NOBODYS = frozenset({Kind.INFRA, Kind.UNKNOWN, Kind.INTERRUPTED})


def make_sightings(build: Build, readings: Sequence[tuple[Log, Reading]]) -> tuple[Sighting, ...]:
    """The signatures a build shows, once for each step in whose logs they stand.

    What failed twice and passed when one of the two was run again has failed. If any reading is
    partial there are none, for it may have missed some.
    """
    if build.branch is None or any(reading.partial for _, reading in readings):
        return ()
    # Of a green build only the tail was read, for what passed when it was run again.
    green = is_green(build.result)
    seen: dict[tuple[Signature, str], bool] = {}
    for log, reading in readings:
        for failure in reading.failures:
            passed = bool(failure.passed_on_rerun)
            if failure.kind not in NOBODYS and (passed or not green):
                place = make_signature(build.branch, failure), log.step
                seen[place] = seen.get(place, True) and passed
    return tuple(Sighting(signature, passed, step) for (signature, step), passed in seen.items())


def find_steps(logs: Sequence[Log]) -> tuple[str, ...] | None:
    """The names of the steps that ran and did not fail; None: the logs are gone.

    A step that was skipped has no log, or says so.
    """
    failed = {log.step for log in logs if not is_green(log.step_result)}
    ran = dict.fromkeys(log.step for log in logs if log.step not in failed)
    return tuple(ran) if logs else None


def find_logs_to_read(build: Build, logs: Sequence[Log]) -> tuple[tuple[Log, int | None], ...]:
    """The logs worth reading, with how many of their last lines; None: the whole.

    Of a red build those of the failed steps, what people look at first (`stdio`) before the rest.
    Of a green one the tails of the longest, where a runner says what passed only on a re-run:
    tests print more than anything but compilers.
    """
    if is_red(build.result):
        failed = [log for log in logs if is_red(log.step_result)]
        failed.sort(key=lambda log: (log.name != "stdio", log.step_number, log.logid))
        return tuple((log, None) for log in failed)
    if not is_green(build.result):
        return ()
    stdio = [log for log in logs if log.name == "stdio" and log.lines]
    stdio.sort(key=lambda log: (-log.lines, log.logid))
    return tuple((log, _TAIL_LINES) for log in stdio[:_TAILS])


def find_gaps(build: Build) -> tuple[str, ...]:
    """Named reasons why a build that tells of its revision cannot be placed on a branch."""
    if not is_evidence(build.result):
        return ()
    gaps = (
        (build.revision is None, "no revision: the build did not get as far as one"),
        (build.branch is None, "no branch: the sourcestamp names none"),
    )
    return tuple(words for missing, words in gaps if missing)
