"""Keep the commits of a branch up to date: fetch what builds name, and nothing twice.

In: a repository, a branch and the revisions that builds were made at. Out: the branch's line of
first-parent commits from the store, fetched from GitHub where a revision is not on it yet.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from bot.core.errors import Refused
from bot.core.model import Commit, Incident, IncidentState, Line, Repository
from bot.ports import Clock, Facts, GitHub

log = logging.getLogger(__name__)

# A first look at a branch reads this far back: some fourteen days of the busiest projects
# (LLVM merges about 150 commits a day) in twenty requests.
_FIRST_COMMITS = 2000

# GitHub may show a commit, or which pull merged it, some seconds after the push: ask again this
# often before a revision counts as one that the branch does not have.
_ASK_AGAIN = timedelta(seconds=30)
_ASKS = 10
_PULL_ASKS = 3

# The paths of more suspects than this are not fetched: such a range is not about to be narrowed.
_SUSPECTS_WITH_FILES = 50


class CommitLines:
    """The commit lines of all watched branches."""

    def __init__(self, github: GitHub, facts: Facts, clock: Clock) -> None:
        self._github = github
        self._facts = facts
        self._clock = clock
        self._asked: dict[tuple[int, str, str], int] = {}
        self._pull_asked: Counter[str] = Counter()

    async def find_repository(self, full_name: str) -> Repository:
        """By the name that a build gives; asked of GitHub once, then kept."""
        known = await self._facts.find_repository(full_name)
        if known is not None:
            return known
        repository = await self._github.fetch_repository(full_name)
        await self._facts.save_repository(repository)
        return repository

    async def load(
        self, repository: Repository, branch: str, revisions: Iterable[str]
    ) -> tuple[Line, datetime | None]:
        """The line with these revisions on it as far as GitHub knows them, and when to ask again.

        Revisions that were missing at earlier calls are asked for again, too.
        """
        where = (repository.repo_id, branch)
        line = await self._facts.load_line(*where)
        known = {commit.sha for commit in line.commits}
        for sha in set(revisions) - known:
            self._asked.setdefault((*where, sha), 0)
        if not self._find_missing(where, known):
            return line, None
        line = await self._fetch(repository, branch, line)
        missing = self._find_missing(where, {commit.sha for commit in line.commits})
        for sha in missing:
            self._asked[*where, sha] += 1
        return line, self._clock.now() + _ASK_AGAIN if missing else None

    def _find_missing(self, where: tuple[int, str], known: set[str]) -> list[str]:
        """Revisions still to be asked for; those that the line has by now are forgotten."""
        for key in [k for k in self._asked if k[:2] == where and k[2] in known]:
            del self._asked[key]
        return [k[2] for k, asked in self._asked.items() if k[:2] == where and asked < _ASKS]

    async def _fetch(self, repository: Repository, branch: str, line: Line) -> Line:
        """Fetch the commits after the line's tip; where the tip is gone, start a new epoch."""
        known = {commit.sha for commit in line.commits}
        try:
            seen = await self._fetch_until(repository, branch, known.__contains__)
            new = [commit for commit in seen if commit.sha not in known]
            forced = bool(known) and not _continues(line, new, seen)
            if forced:
                new = await self._fetch_until(repository, branch, lambda _: False)
        except Refused as refused:
            log.warning("branch unknown", extra={"key": branch, "reason": refused.reason})
            return line
        if new:
            await self._facts.save_line(repository.repo_id, branch, new, new_epoch=forced)
        return await self._facts.load_line(repository.repo_id, branch)

    async def _fetch_until(
        self, repository: Repository, branch: str, stop: Callable[[str], bool]
    ) -> list[Commit]:
        """The branch's commits, oldest first, back to the page with one at which to stop."""
        commits: list[Commit] = []
        async for page in self._github.fetch_line(repository, branch):
            commits.extend(page)
            if any(stop(commit.sha) for commit in page) or len(commits) >= _FIRST_COMMITS:
                break
        return commits[::-1]

    async def complete_suspects(
        self, repository: Repository, branch: str, incidents: Sequence[Incident]
    ) -> tuple[bool, datetime | None]:
        """Fetch what is missing of the suspects of open incidents.

        The paths each commit touched, once; and the pull of a commit that has none, a few times,
        for GitHub links the two a moment after the merge. Returns whether anything came, and
        when to ask again.
        """
        suspects = _find_suspects(incidents)
        if not suspects:
            return False, None
        line = await self._facts.load_line(repository.repo_id, branch)
        commits = [commit for commit in line.commits if commit.sha in suspects]
        files_came = await self._complete_files(repository, commits)
        pulls_came, again_at = await self._complete_pulls(repository, branch, commits)
        return files_came or pulls_came, again_at

    async def _complete_files(self, repository: Repository, commits: Sequence[Commit]) -> bool:
        missing = [commit.sha for commit in commits if commit.files is None]
        for sha in missing:
            try:
                files = await self._github.fetch_files(repository, sha)
            except Refused as refused:
                log.warning("no files", extra={"key": sha, "reason": refused.reason})
                files = ()
            await self._facts.save_files(repository.repo_id, sha, files)
        return bool(missing)

    async def _complete_pulls(
        self, repository: Repository, branch: str, commits: Sequence[Commit]
    ) -> tuple[bool, datetime | None]:
        orphans = {
            c.sha for c in commits if c.pull is None and self._pull_asked[c.sha] < _PULL_ASKS
        }
        if not orphans:
            return False, None
        self._pull_asked.update(orphans)
        seen = await self._fetch_until(repository, branch, orphans.__contains__)
        linked = [c for c in seen if c.sha in orphans and c.pull is not None]
        if linked:
            await self._facts.save_line(repository.repo_id, branch, linked, new_epoch=False)
        again = len(linked) < len(orphans)
        return bool(linked), self._clock.now() + _ASK_AGAIN if again else None


def _find_suspects(incidents: Sequence[Incident]) -> frozenset[str]:
    """The suspects of open incidents whose range is about to be narrowed."""
    return frozenset(
        suspect.sha
        for incident in incidents
        if incident.state is IncidentState.OPEN and len(incident.suspects) <= _SUSPECTS_WITH_FILES
        for suspect in incident.suspects
    )


def _continues(line: Line, new: Sequence[Commit], seen: Sequence[Commit]) -> bool:
    """True when the branch still holds the line's tip, and what is new follows it."""
    tip = line.commits[-1].sha
    if not new:
        return any(commit.sha == tip for commit in seen)
    return new[0].parent == tip
