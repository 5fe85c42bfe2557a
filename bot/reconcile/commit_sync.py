"""Keep the commits of a branch up to date: fetch what builds name, and nothing twice.

In: a repository, a branch and the revisions that builds were made at. Out: the branch's line of
first-parent commits from the store, fetched from GitHub where a revision is not on it yet.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.errors import Refused
from bot.core.model import BranchCommits, Commit, Incident, IncidentState, Repository, TroubleKind
from bot.core.ports import BuildStore, Clock, GitHub

log = logging.getLogger(__name__)

# A first look at a branch reads this far back: some fourteen days of the busiest projects
# (LLVM merges about 150 commits a day) in twenty requests.
_FIRST_COMMITS = 2000

# Where a known tip is not met within so many commits, it is not on the branch any more.
_MOST_COMMITS = 20_000

# GitHub may show a commit, or which pull merged it, some seconds after the push: ask again this
# often before a revision counts as one that the branch does not have.
_ASK_AGAIN = timedelta(seconds=30)
_ASKS, _PULL_ASKS = 10, 3

# What GitHub refuses for good is asked for again: somebody may install us, or give a permission.
_ASK_REFUSED_AGAIN = timedelta(minutes=10)

# For a commit's paths twice as late each time, up to a day: they only rank the suspects.
_DOUBLINGS = 7

# A revision that was given up is asked for again when a build names it after so long.
_FORGET_AFTER = timedelta(hours=1)

# How long it is told that a revision was given up; by then nobody looks for it any more.
_TOLD_FOR = timedelta(days=7)

# The client's word for a branch that is not there, while its repository is.
_GONE = 410

# The paths of more suspects than this are not fetched: such a range is not about to be narrowed.
_SUSPECTS_WITH_FILES = 50

Where = tuple[int, str]


@dataclass(frozen=True, slots=True)
class _Known:
    """A line as it was last loaded."""

    line: BranchCommits
    shas: frozenset[str]


@dataclass(slots=True)
class _RetryState:
    """Something that GitHub may not show yet: how often it was asked for, and when next."""

    next_at: datetime
    asks: int = 0

    def is_due(self, now: datetime) -> bool:
        """By our clock; what lies too far ahead was put off before that was set back."""
        return not now < self.next_at <= now + _ASK_REFUSED_AGAIN


class CommitSync:
    """The commit lines of all watched branches."""

    def __init__(self, github: GitHub, facts: BuildStore, clock: Clock) -> None:
        self._github = github
        self._facts = facts
        self._clock = clock
        self._known: dict[Where, _Known] = {}
        self._missing: dict[tuple[Where, str], _RetryState] = {}  # by branch and revision
        self._orphans: dict[str, _RetryState] = {}  # by sha: commits without a pull
        self._refused_files: dict[str, _RetryState] = {}  # by sha: commits whose paths were refused
        # By branch that looks force-pushed: the tip that was not met, and when to look again.
        self._forced: dict[Where, tuple[str, _RetryState]] = {}
        self._given_up: dict[tuple[Where, str], datetime] = {}  # by branch and revision
        self._stored_troubles: dict[
            tuple[str, TroubleKind], str | None
        ] = {}  # troubles as they are stored

    # ------------------------------------------------------------ the line

    async def load(
        self,
        repository: Repository,
        branch: str,
        revisions: Iterable[str],
        version: int | None = None,
    ) -> tuple[BranchCommits, datetime | None]:
        """The line with these revisions on it as far as GitHub knows them, and when to ask again.

        Revisions that were missing at earlier calls are asked for again, too. Refs that are no
        branches (`refs/pull/…`) have no line. Where `version` is that of the line we have, it is
        not loaded again.
        """
        where = (repository.repo_id, branch)
        known = await self._load(where, version)
        if branch.startswith("refs/"):
            return known.line, None
        now = self._clock.now()
        self._note_missing(where, known.shas, revisions, now)
        if any(question.is_due(now) for question in self._open_questions(where)):
            refused = await self._ask(repository, branch, known.line)
            known = await self._load(where)
            self._note_missing(where, known.shas, (), now)
            for question in self._open_questions(where):
                if question.is_due(now):
                    question.asks += 0 if refused else 1
                    question.next_at = now + (_ASK_REFUSED_AGAIN if refused else _ASK_AGAIN)
            await self._save_missing(repository, branch, known.shas)
        times = [question.next_at for question in self._open_questions(where)]
        return known.line, min(times, default=None)

    async def _load(self, where: Where, version: int | None = None) -> _Known:
        known = self._known.get(where)
        if known is None or known.line.version != version:
            line = await self._facts.load_line(*where)
            known = _Known(line, frozenset(commit.sha for commit in line.commits))
            self._known[where] = known
        return known

    def _note_missing(
        self, where: Where, known: frozenset[str], revisions: Iterable[str], now: datetime
    ) -> None:
        """Ask for what the line does not have; forget what it has, and old answers."""
        for key, question in list(self._missing.items()):
            found = key[0] == where and key[1] in known
            if found or (question.asks >= _ASKS and now - question.next_at > _FORGET_AFTER):
                del self._missing[key]
        for sha in set(revisions) - known:
            self._missing.setdefault((where, sha), _RetryState(now))

    def _open_questions(self, where: Where) -> list[_RetryState]:
        own = [question for key, question in self._missing.items() if key[0] == where]
        own += [self._forced[where][1]] if where in self._forced else []
        return [question for question in own if question.asks < _ASKS]

    async def _ask(self, repository: Repository, branch: str, line: BranchCommits) -> bool:
        """Fetch what the line lacks; True when GitHub refuses to tell for good."""
        place = repository.name_branch(branch)
        try:
            await self._fetch(repository, branch, line)
        except Refused as refused:
            log.warning("branch unknown", extra={"key": place, "reason": refused.reason})
            if refused.status == _GONE:  # of the branches that there were, builders keep some
                return False
            await self._facts.save_trouble(place, TroubleKind.REFUSED, refused.reason)
            self._stored_troubles[place, TroubleKind.REFUSED] = refused.reason
            return True
        await self._save_trouble(place, TroubleKind.REFUSED, None)
        return False

    async def _save_missing(
        self, repository: Repository, branch: str, known: frozenset[str]
    ) -> None:
        """Which commits builds name that GitHub never showed; what has come is forgotten."""
        where, now = (repository.repo_id, branch), self._clock.now()
        for key, question in self._missing.items():
            if key[0] == where and question.asks >= _ASKS:
                self._given_up.setdefault(key, now)
        for key, since in list(self._given_up.items()):
            if (key[0] == where and key[1] in known) or now - since > _TOLD_FOR:
                del self._given_up[key]
        missing = sorted(sha for at, sha in self._given_up if at == where)
        place = repository.name_branch(branch)
        await self._save_trouble(place, TroubleKind.MISSING, _describe_missing(missing))

    async def _save_trouble(self, place: str, kind: TroubleKind, words: str | None) -> None:
        """Store it where it is news; what an earlier process stored is not known at first."""
        if (place, kind) not in self._stored_troubles or self._stored_troubles[
            place, kind
        ] != words:
            await self._facts.save_trouble(place, kind, words)
            self._stored_troubles[place, kind] = words

    async def _fetch(self, repository: Repository, branch: str, line: BranchCommits) -> None:
        """Fetch the commits after the line's tip; where the tip is gone, start a new epoch."""
        known = {commit.sha for commit in line.commits}
        new = [c for c in await self._fetch_until(repository, branch, known) if c.sha not in known]
        forced = bool(known and new) and new[0].parent != line.commits[-1].sha
        if forced and not self._is_sure((repository.repo_id, branch), line.commits[-1].sha):
            return
        if forced:
            new = await self._fetch_until(repository, branch, ())
        self._forced.pop((repository.repo_id, branch), None)
        if new:
            await self._facts.save_line(repository.repo_id, branch, new, new_epoch=forced)

    def _is_sure(self, where: Where, tip: str) -> bool:
        """A branch was force-pushed when its tip is not met twice, half a minute apart.

        A stale answer looks the same, and would close every incident in public: what was seen of
        another tip, or long ago, does not count.
        """
        now = self._clock.now()
        known, question = self._forced.get(where, ("", _RetryState(now)))
        if known == tip and abs(now - question.next_at) <= _FORGET_AFTER:
            return question.next_at <= now
        self._forced[where] = (tip, _RetryState(now + _ASK_AGAIN))
        return False

    async def _fetch_until(
        self, repository: Repository, branch: str, known: Iterable[str]
    ) -> list[Commit]:
        """The branch's commits, oldest first, back to the page with a known one."""
        wanted = frozenset(known)
        most = _MOST_COMMITS if wanted else _FIRST_COMMITS
        commits: list[Commit] = []
        async for page in self._github.fetch_line(repository, branch):
            commits.extend(page)
            if len(commits) >= most or not wanted.isdisjoint(commit.sha for commit in page):
                break
        return commits[::-1]

    # ------------------------------------------------------------ suspects

    async def load_suspect_details(
        self,
        repository: Repository,
        branch: str,
        line: BranchCommits,
        incidents: Iterable[Incident],
    ) -> tuple[BranchCommits, datetime | None]:
        """Fetch what is missing of the suspects of open incidents.

        The paths each commit touched, once; and the pull of a commit that has none, a few times,
        for GitHub links the two a moment after the merge. Returns the line with what came, and
        when to ask again.
        """
        suspects = _find_suspects(incidents)
        if not suspects:
            return line, None
        commits = [commit for commit in line.commits if commit.sha in suspects]
        files_came, files_at = await self._complete_files(repository, commits)
        pulls_came, pulls_at = await self._complete_pulls(repository, branch, commits)
        if files_came or pulls_came:
            line = (await self._load((repository.repo_id, branch))).line
        return line, min((at for at in (files_at, pulls_at) if at), default=None)

    async def _complete_files(
        self, repository: Repository, commits: Sequence[Commit]
    ) -> tuple[bool, datetime | None]:
        """Whether some came, and when to ask again for what GitHub does not tell."""
        now, refused_files = self._clock.now(), self._refused_files
        missing = [commit.sha for commit in commits if commit.files is None]
        due = [
            sha for sha in missing if sha not in refused_files or refused_files[sha].next_at <= now
        ]
        came = [sha for sha in due if await self._fetch_files(repository, sha)]
        times = [refused_files[sha].next_at for sha in missing if sha in refused_files]
        return bool(came), min(times, default=None)

    async def _fetch_files(self, repository: Repository, sha: str) -> bool:
        """Save what a commit touched; of a refusal nothing is kept, for it may end.

        "It touched nothing" would speak for the commit for ever.
        """
        try:
            files = await self._github.fetch_files(repository, sha)
        except Refused as refused:
            log.warning("no files", extra={"key": sha, "reason": refused.reason})
            asks = self._refused_files[sha].asks if sha in self._refused_files else 0
            pause = _ASK_REFUSED_AGAIN * (1 << min(asks, _DOUBLINGS))
            self._refused_files[sha] = _RetryState(self._clock.now() + pause, asks + 1)
            return False
        self._refused_files.pop(sha, None)
        await self._facts.save_files(repository.repo_id, sha, files)
        return True

    async def _complete_pulls(
        self, repository: Repository, branch: str, commits: Sequence[Commit]
    ) -> tuple[bool, datetime | None]:
        now = self._clock.now()
        orphans = {
            commit.sha: question
            for commit in commits
            if commit.pull is None
            and (question := self._orphans.setdefault(commit.sha, _RetryState(now))).asks
            < _PULL_ASKS
        }
        linked: list[Commit] = []
        if any(question.is_due(now) for question in orphans.values()):
            linked = await self._fetch_linked(repository, branch, orphans)
            for question in orphans.values():
                question.asks += 1
                question.next_at = now + _ASK_AGAIN
        for commit in linked:
            del orphans[commit.sha], self._orphans[commit.sha]
        times = [q.next_at for q in orphans.values() if q.asks < _PULL_ASKS]
        return bool(linked), min(times, default=None)

    async def _fetch_linked(
        self, repository: Repository, branch: str, orphans: Iterable[str]
    ) -> list[Commit]:
        """Those of the commits that have a pull by now, saved."""
        wanted = frozenset(orphans)
        try:
            seen = await self._fetch_until(repository, branch, wanted)
        except Refused as refused:
            log.warning("branch unknown", extra={"key": branch, "reason": refused.reason})
            return []
        linked = [commit for commit in seen if commit.sha in wanted and commit.pull is not None]
        if linked:
            await self._facts.save_line(repository.repo_id, branch, linked, new_epoch=False)
        return linked


def _describe_missing(missing: Sequence[str]) -> str | None:
    if not missing:
        return None
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return f"GitHub does not show {missing[0][:12]}{more}, of which there are builds"


def _find_suspects(incidents: Iterable[Incident]) -> frozenset[str]:
    """The suspects of open incidents whose range is about to be narrowed."""
    return frozenset(
        suspect.sha
        for incident in incidents
        if incident.state is IncidentState.OPEN and len(incident.suspects) <= _SUSPECTS_WITH_FILES
        for suspect in incident.suspects
    )
