"""How the small GitHub words its state as JSON; a part of each object, but true to its shape.

Input: the state. Output: dictionaries as in https://docs.github.com/en/rest
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime

from bot.fakes.github.git_graph import DemoCommit
from bot.fakes.github.repository import DemoComment, DemoIssue, DemoPull, DemoRepository
from bot.fakes.http_server import Json

_WEBSITE = "https://github.com"


def make_time(at: datetime | None) -> str | None:
    """As GitHub writes times; whole seconds."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def make_user(login: str) -> Json:
    """An account; the number follows from the name."""
    bot = login.endswith("[bot]")
    return {
        "login": login,
        "id": zlib.crc32(login.encode()),
        "node_id": f"U_{login}",
        "type": "Bot" if bot else "User",
        "html_url": f"{_WEBSITE}/{'apps/' if bot else ''}{login.removesuffix('[bot]')}",
        "site_admin": False,
    }


def make_repository(repository: DemoRepository, url: str) -> Json:
    """A repository."""
    return {
        "id": repository.repo_id,
        "node_id": f"R_{repository.repo_id}",
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "archived": False,
        "owner": {**make_user(repository.owner), "type": "Organization"},
        "html_url": f"{_WEBSITE}/{repository.full_name}",
        "url": f"{url}/repos/{repository.full_name}",
        "default_branch": repository.default_branch,
        "created_at": make_time(repository.created_at),
    }


def make_pull(pull: DemoPull, repository: DemoRepository, url: str) -> Json:
    """A pull request, whole."""
    there = f"{url}/repos/{repository.full_name}/pulls/{pull.number}"
    return {
        "id": pull.pull_id,
        "node_id": f"PR_{pull.pull_id}",
        "number": pull.number,
        "url": there,
        "html_url": f"{_WEBSITE}/{repository.full_name}/pull/{pull.number}",
        "title": pull.title,
        "body": pull.body,
        "state": pull.state,
        "locked": pull.locked,
        "active_lock_reason": None,
        "draft": False,
        "user": make_user(pull.author),
        "labels": [{"id": zlib.crc32(n.encode()), "name": n} for n in pull.labels],
        "created_at": make_time(pull.created_at),
        "updated_at": make_time(pull.merged_at or pull.created_at),
        "closed_at": make_time(pull.merged_at),
        "merged_at": make_time(pull.merged_at),
        "merged": pull.merged_at is not None,
        "merged_by": make_user("maintainer") if pull.merged_at else None,
        "merge_commit_sha": pull.merge_sha,
        "commits": len(pull.commits),
        "changed_files": len(repository.files_of(pull)),
        "head": _make_head(pull, repository, url),
        "base": _make_side(pull.base, repository.tip(pull.base), repository, url),
    }


def _make_head(pull: DemoPull, repository: DemoRepository, url: str) -> Json:
    """Of a fork only the number and the last push differ."""
    head = _make_side(pull.branch, pull.commits[-1], repository, url)
    if pull.fork_pushed_at is None:
        return head
    fork = {"id": repository.repo_id + 1_000_000, "pushed_at": make_time(pull.fork_pushed_at)}
    return head | {"repo": head["repo"] | fork}


def _make_side(ref: str, sha: str, repository: DemoRepository, url: str) -> Json:
    repo = make_repository(repository, url)
    label = f"{repository.owner}:{ref}"
    return {"ref": ref, "sha": sha, "label": label, "user": repo["owner"], "repo": repo}


def make_comment(comment: DemoComment, repository: DemoRepository, url: str) -> Json:
    """A comment on a pull."""
    there = f"{url}/repos/{repository.full_name}/issues"
    kind = "issues" if comment.number in repository.issues else "pull"
    page = f"{_WEBSITE}/{repository.full_name}/{kind}/{comment.number}"
    return {
        "id": comment.comment_id,
        "node_id": f"IC_{comment.comment_id}",
        "url": f"{there}/comments/{comment.comment_id}",
        "html_url": f"{page}#issuecomment-{comment.comment_id}",
        "issue_url": f"{there}/{comment.number}",
        "user": make_user(comment.author),
        "body": comment.body,
        "created_at": make_time(comment.created_at),
        "updated_at": make_time(comment.updated_at),
        "author_association": "NONE" if comment.author.endswith("[bot]") else "MEMBER",
    }


def make_issue(thing: DemoIssue | DemoPull, repository: DemoRepository, url: str) -> Json:
    """An issue, or a pull as the issue that it also is."""
    if isinstance(thing, DemoPull):
        return _make_issue_of_pull(thing, repository, url)
    return _make_own_issue(thing, repository, url)


def _make_own_issue(issue: DemoIssue, repository: DemoRepository, url: str) -> Json:
    there = f"{url}/repos/{repository.full_name}"
    return {
        "id": 700_000 + issue.number,
        "node_id": f"I_{issue.number}",
        "number": issue.number,
        "url": f"{there}/issues/{issue.number}",
        "repository_url": there,
        "html_url": f"{_WEBSITE}/{repository.full_name}/issues/{issue.number}",
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "state_reason": issue.state_reason,
        "locked": issue.locked,
        "user": make_user(issue.author),
        "labels": [{"id": zlib.crc32(n.encode()), "name": n} for n in issue.labels],
        "comments": len(repository.comments_of(issue.number)),
        "created_at": make_time(issue.created_at),
        "updated_at": make_time(issue.updated_at),
        "closed_at": make_time(issue.closed_at),
    }


def _make_issue_of_pull(pull: DemoPull, repository: DemoRepository, url: str) -> Json:
    there = f"{url}/repos/{repository.full_name}"
    whole = make_pull(pull, repository, url)
    same = (
        "number",
        "title",
        "body",
        "state",
        "locked",
        "user",
        "labels",
        "html_url",
        "created_at",
    )
    return {
        **{name: whole[name] for name in same},
        "id": pull.pull_id + 500_000,
        "node_id": f"I_{pull.pull_id}",
        "url": f"{there}/issues/{pull.number}",
        "repository_url": there,
        "state_reason": None,
        "closed_at": whole["closed_at"],
        "comments": len(repository.comments_of(pull.number)),
        "pull_request": {"url": whole["url"], "merged_at": whole["merged_at"]},
    }


def make_commit(commit: DemoCommit, repository: DemoRepository, url: str) -> Json:
    """A commit as lists give it: without files."""
    there = f"{url}/repos/{repository.full_name}/commits"
    person = {
        "name": commit.author,
        "email": f"{commit.author}@users.noreply.github.com",
        "date": make_time(commit.at),
    }
    return {
        "sha": commit.sha,
        "node_id": f"C_{commit.sha}",
        "url": f"{there}/{commit.sha}",
        "html_url": f"{_WEBSITE}/{repository.full_name}/commit/{commit.sha}",
        "commit": {"message": commit.message, "author": person, "committer": person},
        "author": make_user(commit.author),
        "committer": make_user("web-flow"),
        "parents": [{"sha": sha, "url": f"{there}/{sha}"} for sha in commit.parents],
    }


def make_file(path: str) -> Json:
    """One file of a commit or pull."""
    counts = {"additions": 1, "deletions": 0, "changes": 1}
    return {
        "filename": path,
        "status": "modified",
        "sha": f"{zlib.crc32(path.encode()):040x}",
    } | counts
