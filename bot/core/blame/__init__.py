"""Blame: finished builds and a branch's commits in, incidents with verdicts out.

    state = new_state("main")
    state = extend(state, line)                  # the branch's first-parent commits
    state = advance(state, observations, now)    # what builds said
    state.incidents

The state is a function of the facts and of `now`, never of the order in which they arrived.
"""

from bot.core.blame.state import BranchState, advance, extend, new_state
from bot.core.blame.timeline.outcomes import ExecutedSuites, find_outcome
from bot.core.blame.timeline.suites import (
    SeenIn,
    Suites,
    find_seen_in,
    find_suites,
    learn_suites,
)

__all__ = [
    "BranchState",
    "ExecutedSuites",
    "SeenIn",
    "Suites",
    "advance",
    "extend",
    "find_outcome",
    "find_seen_in",
    "find_suites",
    "learn_suites",
    "new_state",
]
