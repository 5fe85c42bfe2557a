"""What a small GitHub remembers of a repository: pulls, comments, and who merged what how.

Input: merges, pushes and comments. Output: the state that the REST and GraphQL fronts show. No
network and no clock: times are arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from bot.fakes.github.git_graph import History

_ids = count(1001)  # as on GitHub, no two things of one kind share a number


@dataclass(slots=True)
class DemoComment:
    """A comment with every text it ever had, the present one last."""

    comment_id: int
    number: int
    author: str
    bodies: list[str]
    created_at: datetime
    updated_at: datetime
    deleted: bool = False
    reactions: set[tuple[str, str]] = field(default_factory=set)  # who, and which
    minimized: str | None = None  # the classifier under which it is shown folded
    unfoldable: bool = False  # GitHub lets us neither fold nor unfold it

    @property
    def body(self) -> str:
        """What stands there now."""
        return self.bodies[-1]


@dataclass(slots=True)
class DemoPull:
    """A pull request; `landed` are the commits that its merge put on the branch."""

    pull_id: int
    number: int
    title: str
    author: str
    base: str
    branch: str
    commits: tuple[str, ...]
    created_at: datetime
    body: str = ""
    state: str = "open"
    merged_at: datetime | None = None
    merge_sha: str | None = None
    landed: tuple[str, ...] = ()
    locked: bool = False
    deleted: bool = False
    labels: list[str] = field(default_factory=list)
    fork_pushed_at: datetime | None = None  # None: it comes from this very repository


@dataclass(slots=True)
class DemoIssue:
    """An issue with what it ever said, so that a search index can be late."""

    number: int
    author: str
    created_at: datetime
    updated_at: datetime
    texts: list[tuple[datetime, str, str]]  # since when, title, body
    labels: list[str] = field(default_factory=list)
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    locked: bool = False
    deleted: bool = False
    moved_to: tuple[str, int] | None = None  # full name, number

    @property
    def title(self) -> str:
        """As it is now."""
        return self.texts[-1][1]

    @property
    def body(self) -> str:
        """As it is now."""
        return self.texts[-1][2]

    def change(self, at: datetime, **changes: str) -> None:
        """Somebody edits, closes or opens it; a reason counts only where the state changes."""
        title, body = changes.get("title", self.title), changes.get("body", self.body)
        self.texts.append((at, title, body))
        self.updated_at, state = at, changes.get("state", self.state)
        if state != self.state:
            closed = state == "closed"
            self.state, self.closed_at = state, at if closed else None
            default = "completed" if closed else "reopened"
            self.state_reason = changes.get("state_reason") or default

    def as_of(self, at: datetime, field_name: str) -> str | None:
        """What a search index of that moment has; None: not this issue yet."""
        known = [(title, body) for since, title, body in self.texts if since <= at]
        if not known:
            return None
        title, body = known[-1]
        return title if field_name == "title" else f"{title}\n{body}"


class DemoRepository:
    """One repository."""

    def __init__(
        self, full_name: str, default_branch: str, at: datetime, history: History | None = None
    ) -> None:
        self.repo_id = next(_ids)
        self.full_name = full_name
        self.default_branch = default_branch
        self.created_at = at
        self.installed = True
        self.private = False
        self.history = history or History(full_name)
        self.pulls: dict[int, DemoPull] = {}
        self.issues: dict[int, DemoIssue] = {}
        self.has_issues = True
        self.comments: dict[int, DemoComment] = {}
        self.roles: dict[str, str] = {}  # by login in small letters; others may read what is public
        self.contents: dict[str, bytes] = {}  # of the default branch's tip, by path
        self.commit_comments: dict[str, list[DemoComment]] = {}  # by sha
        self.associations: dict[str, list[int]] = {}  # sha → pulls, as GitHub associates them
        first = self.history.commit("Begin", (), "octocat", at, ("README.md",))
        self.history.branches[default_branch] = first

    @property
    def owner(self) -> str:
        """The account it belongs to."""
        return self.full_name.partition("/")[0]

    @property
    def name(self) -> str:
        """Its name without the owner."""
        return self.full_name.partition("/")[2]

    def shows(self, login: str) -> bool:
        """Whether somebody may read it."""
        return not self.private or login.lower() in self.roles

    def tip(self, branch: str) -> str:
        """The sha that a branch points to; a `KeyError` names what is missing."""
        return self.history.branches[branch]

    def create_branch(self, name: str, at: str | None = None) -> str:
        """A branch at a sha or at another branch's tip; the sha."""
        start = self.history.find(at or self.default_branch)
        if start is None:
            raise KeyError(f"no such commit or branch: {at}")
        self.history.branches[name] = start.sha
        return start.sha

    # ------------------------------------------------------------ pulls

    def open_pull(
        self,
        number: int,
        title: str,
        at: datetime,
        *,
        base: str,
        author: str,
        body: str = "",
        files: Sequence[str] = (),
        commits: int = 1,
    ) -> DemoPull:
        """A pull from a branch of its own, cut from the base as it is now."""
        parts = [tuple(files[i::commits]) for i in range(commits)]
        titles = _number_titles(title, commits)
        shas = self._stack(self.tip(base), titles, author, at, parts)
        pull = DemoPull(
            next(_ids), number, title, author, base, f"pull-{number}", shas, at, body=body
        )
        self.pulls[number] = pull
        return pull

    def push_to_pull(self, pull: DemoPull, title: str, at: datetime, *, force: bool = False) -> str:
        """A commit more, or with `force` one instead of all; the pull's new head."""
        onto = self.tip(pull.base) if force else pull.commits[-1]
        shas = self._stack(onto, [title], pull.author, at, [()])
        pull.commits = shas if force else (*pull.commits, *shas)
        if pull.fork_pushed_at is not None:
            pull.fork_pushed_at = at
        return shas[-1]

    def merge(self, pull: DemoPull, method: str, at: datetime) -> tuple[str, ...]:
        """Merge it; the commits that it put on the first-parent line, oldest first."""
        pull.landed = _METHODS[method](self, pull, at)
        pull.merge_sha, pull.merged_at, pull.state = pull.landed[-1], at, "closed"
        self.history.branches[pull.base] = pull.merge_sha
        for sha in (*pull.landed, *pull.commits):
            self.associations.setdefault(sha, []).append(pull.number)
        return pull.landed

    def push(
        self, branch: str, titles: Sequence[str], author: str, at: datetime, files: Sequence[str]
    ) -> tuple[str, ...]:
        """Commits without a pull; their shas, oldest first."""
        parts = [tuple(files)] * len(titles)
        shas = self._stack(self.tip(branch), titles, author, at, parts)
        self.history.branches[branch] = shas[-1]
        return shas

    def _stack(
        self,
        onto: str,
        titles: Sequence[str],
        author: str,
        at: datetime,
        files: Sequence[tuple[str, ...]],
    ) -> tuple[str, ...]:
        shas: list[str] = []
        for title, touched in zip(titles, files, strict=True):
            parent = shas[-1] if shas else onto
            shas.append(self.history.commit(title, (parent,), author, at, touched))
        return tuple(shas)

    def _squash(self, pull: DemoPull, at: datetime) -> tuple[str, ...]:
        message = f"{pull.title} (#{pull.number})" + (f"\n\n{pull.body}" if pull.body else "")
        parents = (self.tip(pull.base),)
        return (self.history.commit(message, parents, pull.author, at, self.files_of(pull)),)

    def _merge_commit(self, pull: DemoPull, at: datetime) -> tuple[str, ...]:
        message = f"Merge pull request #{pull.number} from {pull.branch}\n\n{pull.title}"
        parents = (self.tip(pull.base), pull.commits[-1])
        return (self.history.commit(message, parents, pull.author, at, self.files_of(pull)),)

    def _rebase(self, pull: DemoPull, at: datetime) -> tuple[str, ...]:
        commits = [self.history.commits[sha] for sha in pull.commits]
        messages = [commit.message for commit in commits]
        files = [commit.files for commit in commits]
        return self._stack(self.tip(pull.base), messages, pull.author, at, files)

    def revert(self, pull: DemoPull, title: str, body: str, author: str, at: datetime) -> DemoPull:
        """A pull that takes a merged one back."""
        number = 1 + max(self.pulls)
        files = self.files_of(pull)
        return self.open_pull(
            number, title, at, base=pull.base, author=author, body=body, files=files
        )

    def files_of(self, pull: DemoPull) -> tuple[str, ...]:
        """Every path that the pull's commits touch, each once."""
        paths = (path for sha in pull.commits for path in self.history.commits[sha].files)
        return tuple(dict.fromkeys(paths))

    def pulls_of(self, sha: str) -> list[DemoPull]:
        """The pulls that GitHub associates with a commit; not all of them landed it."""
        return [self.pulls[n] for n in self.associations.get(sha, []) if not self.pulls[n].deleted]

    # ------------------------------------------------------------ issues

    def open_issue(
        self, title: str, body: str, author: str, at: datetime, labels: Sequence[str] = ()
    ) -> DemoIssue:
        """A new issue, under the next number that no pull and no issue has."""
        number = 1 + max([*self.pulls, *self.issues, 999])
        issue = DemoIssue(number, author, at, at, [(at, title, body)], list(labels))
        self.issues[number] = issue
        return issue

    def find_thing(self, number: int) -> DemoIssue | DemoPull:
        """The issue or pull of this number."""
        return self.issues.get(number) or self.pulls[number]

    def list_issues(self) -> list[DemoIssue | DemoPull]:
        """Issues and pulls, newest first, as GitHub's list mixes them."""
        issues = (i for i in self.issues.values() if not i.deleted and i.moved_to is None)
        pulls = (pull for pull in self.pulls.values() if not pull.deleted)
        return sorted((*issues, *pulls), key=lambda thing: -thing.number)

    # ------------------------------------------------------------ comments

    def add_comment(self, number: int, author: str, body: str, at: datetime) -> DemoComment:
        """A new comment."""
        comment = DemoComment(next(_ids), number, author, [body], at, at)
        self.comments[comment.comment_id] = comment
        return comment

    def add_note(self, sha: str, author: str, body: str, at: datetime) -> DemoComment:
        """A new comment under a commit."""
        note = DemoComment(next(_ids), 0, author, [body], at, at)
        self.commit_comments.setdefault(sha, []).append(note)
        return note

    def comments_of(self, number: int) -> list[DemoComment]:
        """The comments that stand on a pull, oldest first."""
        return [c for c in self.comments.values() if c.number == number and not c.deleted]


_METHODS: dict[str, Callable[[DemoRepository, DemoPull, datetime], tuple[str, ...]]] = {
    "squash": DemoRepository._squash,
    "merge": DemoRepository._merge_commit,
    "rebase": DemoRepository._rebase,
}


def _number_titles(title: str, commits: int) -> list[str]:
    return [title] if commits == 1 else [f"{title} ({i + 1}/{commits})" for i in range(commits)]
