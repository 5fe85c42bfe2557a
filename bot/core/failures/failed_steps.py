"""Which of the failed steps of a build made it red.

Input: a finished build with its steps, and which of them are known to fail without harm. Output:
the steps whose failures are the build's, and words where that cannot be told. Buildbot does not say
which steps have `flunkOnFailure=False` or `warnOnFailure`, but a build's own words are made of the
words of the steps that count; of those that only warn, earlier builds tell, which were not red.
Source: https://docs.buildbot.net/current/developer/cls-buildsteps.html (updateBuildSummaryPolicy)
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from bot.core.model import Build, Step
from bot.core.model.build_results import Result, is_red

# Results of steps that say nothing in the build's words.
_SILENT = frozenset({None, Result.SUCCESS, Result.SKIPPED})

# Where the words of a build are cut, some steps may have lost theirs.
_CUT = 1000


def find_failed(steps: Sequence[Step]) -> list[Step]:
    """The steps that failed in sight of everybody; hidden ones are nobody's incident."""
    return [step for step in steps if is_red(step.result) and not step.hidden]


def find_decisive(
    build: Build, steps: Sequence[Step], tolerated: Collection[str]
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The failed steps that count, and notes. `tolerated`: failed in builds that were not red."""
    failed = find_failed(steps)
    hidden = [step for step in steps if is_red(step.result) and step.hidden]
    if is_red(build.result) and len(failed) + len(hidden) == 1:
        return tuple(failed), tuple(f"{step.name} failed, and is hidden" for step in hidden)
    counted, notes = _find_named(build, steps, failed, tolerated)
    left = [step for step in counted if step.name not in tolerated]
    return tuple(left or counted), notes


def _find_named(
    build: Build, steps: Sequence[Step], failed: Sequence[Step], tolerated: Collection[str]
) -> tuple[list[Step], tuple[str, ...]]:
    """Those whose words are in the build's; all where it does not tell."""
    mentions, told_all = _count_mentions(build.state_string, steps)
    if not any(mentions[step.state_string] for step in failed):
        # Of a red build one has to count; an exception needs no failure beside it.
        none_counts = not is_red(build.result) and told_all and any(mentions.values())
        return [] if none_counts else list(failed), ()
    alike: defaultdict[str, list[Step]] = defaultdict(list)
    for step in failed:
        alike[step.state_string].append(step)
    named: list[Step] = []
    notes = []
    for words, group in alike.items():
        fitting = _pick(group, mentions[words], tolerated, told_all=told_all)
        if fitting is None:
            names = ", ".join(sorted({step.name for step in group}))
            notes.append(f"which of the steps {names} made it red is not known")
        named += fitting or []
    return named, tuple(notes)


def _pick(
    group: list[Step], count: int, tolerated: Collection[str], *, told_all: bool
) -> list[Step] | None:
    """Of steps with the same words, which stand so often, those that are meant; None: unknown."""
    if count >= len(group) or not (count or told_all):
        return group
    fitting = [step for step in group if step.name not in tolerated]
    return [] if not count else fitting if len(fitting) == count else None


def _count_mentions(words: str, steps: Sequence[Step]) -> tuple[dict[str, int], bool]:
    """How often the words of each step are in the build's, and whether these hold nothing else."""
    left, mentions = words, {}
    for text in sorted({s.state_string for s in steps if s.result not in _SILENT}, key=_by_length):
        mentions[text] = left.count(text) if text else 0
        left = left.replace(text, " ") if text else left
    # What is left of "failed 'make test' (failure)" is its first word.
    told_all = len(left.split()) <= 1 and len(words) < _CUT
    return mentions, told_all


def _by_length(text: str) -> tuple[int, str]:
    """The longest first: "test (failure)" is a part of "retest (failure)"."""
    return (-len(text), text)
