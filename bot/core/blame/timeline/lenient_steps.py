"""Steps whose failure is not the build's: builds of a builder in, what they show of such steps out.

Buildbot does not tell of a step that it may fail (`flunkOnFailure=False`, `warnOnFailure`). But a
step that failed in a build that was green all the same may: where others make the build red, what
this one lists opens nothing. It is forgotten once a build is red that only such steps failed in.
"""

from collections.abc import Collection
from dataclasses import replace

from bot.core.blame.timeline.undo_log import UndoLog
from bot.core.model import Observation
from bot.core.model.build_results import is_green, is_red

Lenient = dict[str, None]  # names of steps; a set that a journal can write to


def learn_lenient(build: Observation, lenient: Lenient, undo_log: UndoLog) -> None:
    """Take in what a build tells of its builder's steps."""
    failed = _find_failed(build)
    if is_green(build.result):
        for name in failed - lenient.keys():
            undo_log.put(lenient, name, None)
    elif is_red(build.result) and failed and failed <= lenient.keys():
        for name in failed:
            undo_log.drop(lenient, name)


def without_lenient(build: Observation, lenient: Collection[str]) -> Observation:
    """A build that is not green, without what failed in such steps, and what ran there."""
    if not lenient or is_green(build.result):
        return build
    left_out = _find_failed(build).intersection(lenient)
    if not left_out:
        return build
    return replace(
        build,
        sightings=tuple(s for s in build.sightings if s.step not in left_out),
        runs=tuple(run for run in build.runs if run.step not in left_out),
    )


def _find_failed(build: Observation) -> frozenset[str]:
    return frozenset(s.name for s in build.step_runs or () if not s.ok)
