"""JSON as Buildbot and GitHub send it, well formed."""

from typing import Any

SHA = "ac73f2feaaed5d19e3174a5dd5e63b08a6a9e852"
OTHER = "1" * 40
REPOSITORY = {"id": 7, "full_name": "octo/demo", "default_branch": "trunk"}


def make_build_json(**changes: Any) -> dict[str, Any]:
    build: dict[str, Any] = {
        "buildid": 77,
        "number": 27,
        "builderid": 1,
        "buildrequestid": 83,
        "workerid": 2,
        "started_at": 1795248407,
        "complete_at": 1795248409,
        "complete": True,
        "results": 2,
        "state_string": "failed test (failure)",
        "properties": {
            "branch": ["main", "Build"],
            "got_revision": [SHA, "Git"],
            "project": ["python/cpython", "Build"],
            "repository": ["", "Build"],
            "codebase": ["", "Build"],
            "scheduler": ["branch-main", "Scheduler"],
            "workername": ["wk-debian", "Worker"],
        },
    }
    build["properties"] |= changes.pop("properties", {})
    return build | changes


def make_pull_json(**changes: Any) -> dict[str, Any]:
    pull = {
        "number": 12,
        "title": "Make it faster",
        "author": {"__typename": "User", "login": "alice"},
        "baseRefName": "main",
        "merged": True,
        "mergeCommit": {"oid": SHA},
        "locked": False,
        "labels": {"nodes": [{"name": "perf"}]},
        "state": "MERGED",
        "headRefOid": SHA,
    } | changes
    return {"data": {"repository": {"databaseId": 7, "pullRequest": pull}}}


def make_pull_event_json() -> dict[str, Any]:
    """As a version without `merge_commit_sha` may send it."""
    pull = {"number": 12, "merged": True, "base": {"ref": "main"}}
    return {"repository": REPOSITORY, "pull_request": pull}


def make_page(message: str = "Title\n\nBody", **changes: Any) -> dict[str, Any]:
    node: dict[str, Any] = {
        "oid": SHA,
        "message": message,
        "committedDate": "2026-03-02T12:00:00Z",
        "author": {"user": {"login": "alice"}},
        "parents": {"totalCount": 1, "nodes": [{"oid": OTHER}]},
        "associatedPullRequests": {
            "nodes": [
                None,
                {
                    "number": 12,
                    "merged": True,
                    "baseRefName": "main",
                    "mergeCommit": {"oid": SHA},
                    "commits": {"totalCount": 1},
                },
            ]
        },
    }
    history = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [node | changes]}
    return {"data": {"repository": {"object": {"oid": SHA, "history": history}}}}
