"""The first-parent line of a branch out of GitHub's history, which lists all ancestors.

Input: pages of ancestors, tip first. Output: the commits on the line, tip first, each with the
pull that is verified for it. No network here.
"""

from bot.core.model import Commit
from bot.core.payloads import AssociatedPull, LineCommit


class FirstParentWalk:
    """Follows first parents from the tip through the pages as they come.

    GitHub orders history by date, so a commit may come pages before its child on the line:
    what is not on the line yet is kept.
    """

    def __init__(self, branch: str, tip: str) -> None:
        self._branch = branch
        self._next: str | None = tip
        self._waiting: dict[str, LineCommit] = {}
        self._seen: dict[str, tuple[int, bool]] = {}  # sha → steps from the tip, is a merge

    @property
    def is_done(self) -> bool:
        """True at the root of the history."""
        return self._next is None

    def add(self, commits: tuple[LineCommit, ...]) -> tuple[Commit, ...]:
        """The commits that these pages of ancestors add to the line."""
        self._waiting.update((commit.commit.sha, commit) for commit in commits)
        line = []
        while self._next is not None and (found := self._waiting.pop(self._next, None)):
            line.append(self._place(found))
            self._next = found.commit.parent
        return tuple(line)

    def _place(self, found: LineCommit) -> Commit:
        commit = found.commit
        self._seen[commit.sha] = (len(self._seen), found.is_merge)
        return Commit(
            sha=commit.sha,
            parent=commit.parent,
            at=commit.at,
            title=commit.title,
            author=commit.author,
            pull=self._find_pull(found),
            reverts=commit.reverts,
        )

    def _find_pull(self, found: LineCommit) -> int | None:
        """The one pull that put this commit on the branch; None where none or several did."""
        numbers = {p.number for p in found.pulls if self._is_from(found.commit.sha, p)}
        return numbers.pop() if len(numbers) == 1 else None

    def _is_from(self, sha: str, pull: AssociatedPull) -> bool:
        """Merged into this very branch by this commit, or by one that follows it closely.

        A rebase merge puts all commits of the pull on the line and calls the last of them its
        merge commit. A merge commit keeps the pull's own commits off the line.
        """
        if not pull.merged or pull.base != self._branch or pull.merge_sha is None:
            return False
        if pull.merge_sha == sha:
            return True
        merge, here = self._seen.get(pull.merge_sha), self._seen[sha]
        if merge is None or merge[1]:
            return False
        return 0 < here[0] - merge[0] < pull.commits
