"""The way back: a branch's commits and builds in, the lines of a history file out."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.core.model import Commit, Line, Observation, Sighting


def render_history(
    repository: str, line: Line, branch: str, observations: Iterable[Observation]
) -> Iterator[str]:
    """The lines of a history file: builders, then commits and builds by time."""
    builds = sorted(observations, key=lambda o: o.order)
    yield _render({"type": "history", "repo": repository, "branch": branch})
    tags = {o.builder: o.tags for o in builds}
    for name in sorted(tags):
        own = {"name": name, "branch": branch, "tags": list(tags[name]), "minutes": None}
        yield _render({"type": "builder", **own})
    first_built: dict[str | None, datetime] = {}
    for o in builds:
        first_built.setdefault(o.revision, o.started_at)
    for row in _merge(repository, line, branch, builds, first_built):
        yield _render(row)


def _merge(
    repository: str,
    line: Line,
    branch: str,
    builds: list[Observation],
    first_built: dict[str | None, datetime],
) -> Iterator[dict[str, object]]:
    """Each commit before every build that knew it, whatever the committers' clocks say."""
    order = {c.sha: n for n, c in enumerate(line.commits)}
    due = 0
    for o in builds:
        until = max(order.get(o.revision or "", -1) + 1, due)
        for commit in line.commits[due:until]:
            yield _commit_row(repository, branch, commit, first_built.get(commit.sha))
        due = until
        yield _build_row(o)
    for commit in line.commits[due:]:
        yield _commit_row(repository, branch, commit, None)


def _commit_row(
    repository: str, branch: str, commit: Commit, built_at: datetime | None
) -> dict[str, object]:
    at = min(commit.at, built_at) if built_at else commit.at
    return {
        "type": "commit",
        "repo": repository,
        "branch": branch,
        "sha": commit.sha,
        "parent": commit.parent,
        "at": int(at.timestamp()),
        "author": commit.author,
        "title": commit.title,
        "pr": commit.pull,
        "reverts": commit.reverts,
        "files": None if commit.files is None else list(commit.files),
    }


def _build_row(o: Observation) -> dict[str, object]:
    return {
        "type": "build",
        "builder": o.builder,
        "number": o.number,
        "worker": o.worker,
        "revision": o.revision,
        "started": int(o.started_at.timestamp()),
        "finished": int(o.complete_at.timestamp()),
        "result": o.result.name.lower(),
        "scheduled_by": str(o.scheduled_by),
        "tests_ran": bool(o.runs) and all(run.complete for run in o.runs),
        "failures": [_failure_row(s) for s in o.sightings],
    }


def _failure_row(sighting: Sighting) -> dict[str, object]:
    signature = sighting.signature
    row: dict[str, object] = {
        "kind": "test" if signature.is_test else "compile",
        "test": signature.site,
        "message": signature.message,
    }
    return {**row, "passed_on_rerun": True} if sighting.passed_on_rerun else row


def _render(row: dict[str, object]) -> str:
    return json.dumps(row, ensure_ascii=False)
