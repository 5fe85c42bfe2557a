"""How many culprits builds alone can show: an oracle that knows what broke, and where it shows.

In: the rows of a history and its truth. Out: the visible regressions that the builds which ended
before the fix narrow down to one commit. More than these take paths, luck, or builds asked for.
"""

from collections.abc import Mapping, Sequence

Row = Mapping[str, object]


def count_narrowed(rows: Sequence[Row], truth: Sequence[Row]) -> int:
    """How many visible regressions with a pull have one commit left before their fix."""
    commits = [r["sha"] for r in rows if r["type"] == "commit"]
    position = {sha: n for n, sha in enumerate(commits)}
    builds = [r for r in rows if r["type"] == "build" and r["revision"] in position]
    visible = [t for t in truth if t["kind"] == "regression" and t["visible"] and t["pr"]]
    return sum(_is_narrowed(t, builds, position) for t in visible)


def _is_narrowed(truth: Row, builds: Sequence[Row], position: Mapping[object, int]) -> bool:
    """Whether one commit lies between the last green before the culprit and the first red."""
    culprit = position[truth["culprit"]]
    tests, sensitive = set(_list(truth["tests"])), set(_list(truth["builders"]))
    greens, reds = [-1], []
    for b in builds:
        if b["builder"] not in sensitive or not _ended_before(b, truth["fixed_at"]):
            continue
        at = position[b["revision"]]
        shown = any(f["test"] in tests for f in _list(b["failures"]))
        if shown and at >= culprit:
            reds.append(at)
        elif not shown and b.get("tests_ran") and at < culprit:
            greens.append(at)
    return bool(reds) and min(reds) - max(greens) == 1


def _ended_before(build: Row, fixed_at: object) -> bool:
    finished = build["finished"]
    return not isinstance(fixed_at, int | float) or (
        isinstance(finished, int | float) and finished < fixed_at
    )


def _list(value: object) -> list:  # type: ignore[type-arg] # rows of JSON
    return value if isinstance(value, list) else []
