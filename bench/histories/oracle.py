"""What builds can show: an oracle that knows which tests broke, and which builders show it.

In: a story. Out: how many commits the builds that ended before the fix leave of each regression.
Where more than one is left, a culprit is found by what commits touched, or by builds asked for.
"""

from collections.abc import Mapping, Sequence

from bench.histories.stories import Row, Story, as_list, as_number, is_visible


def find_commits_left(story: Story) -> dict[str, int | None]:
    """By episode that could be told: commits after the last green, up to the first red.

    None where no build was green before it. Builds of all builders count, stable or not.
    """
    commits = [r["sha"] for r in story.rows if r["type"] == "commit"]
    position = {sha: n for n, sha in enumerate(commits)}
    builds = [r for r in story.rows if r["type"] == "build" and r["revision"] in position]
    visible = [t for t in story.truth if is_visible(t)]
    return {str(t["episode"]): _count_left(t, builds, position) for t in visible}


def _count_left(truth: Row, builds: Sequence[Row], position: Mapping[object, int]) -> int | None:
    culprit = position[truth["culprit"]]
    tests, sensitive = set(as_list(truth["tests"])), set(as_list(truth["builders"]))
    greens, reds = [], []
    for b in builds:
        if b["builder"] not in sensitive or not _ended_before(b, truth["fixed_at"]):
            continue
        at = position[b["revision"]]
        shown = any(f["test"] in tests for f in as_list(b["failures"]))
        if shown and at >= culprit:
            reds.append(at)
        elif not shown and b.get("tests_ran") and at < culprit:
            greens.append(at)
    return min(reds) - max(greens) if greens and reds else None


def _ended_before(build: Row, fixed_at: object) -> bool:
    return fixed_at is None or as_number(build["finished"]) < as_number(fixed_at)
