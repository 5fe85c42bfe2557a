"""Fold what builds say into a branch's incidents, and keep what the next fold goes on from.

In: a branch, and facts and commits from the store. Out: its incidents as they stood, and as they
stand now. What is kept in memory between two folds is a function of the facts: losing it costs a
refold, nothing else.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.core.blame import new_state
from bot.core.errors import Unavailable
from bot.core.incidents.builder_roster import Roster, make_roster, tell_old_names
from bot.core.incidents.continuity import (
    IncidentChanges,
    find_changes,
    find_settled,
    find_shown_pulls,
    keep_identity,
)
from bot.core.incidents.cross_branch import CROSS_BRANCH_WINDOW, apply_cross_branch_evidence
from bot.core.incidents.grouping import group_incidents
from bot.core.incidents.known_flaky import FlakyList
from bot.core.model import (
    BranchCommits,
    Builder,
    Incident,
    IncidentState,
    Key,
    Observation,
    ObservationBatch,
    Repository,
    pull_key,
)
from bot.core.ports import BuildStore, Incidents, Overrides
from bot.reconcile.branch_cache import FINAL_AFTER, BranchCache, find_horizon
from bot.reconcile.options import Options
from bot.reconcile.overrides import OverrideApplier

# Folding a large fleet's past takes minutes. A thread cannot be stopped, but the next one need not
# be started: each takes in so many.
_BUILDS_AT_ONCE = 200

# Other branches are listened to until their builds around an opening are surely read; what comes
# later than that is heard at the next start, or by `rebuild`.
_LISTENING = 2 * CROSS_BRANCH_WINDOW

Where = tuple[int, str]


class CommitSource(Protocol):
    """Where a branch's commits come from."""

    async def load(
        self,
        repository: Repository,
        branch: str,
        revisions: Iterable[str],
        version: int | None = None,
    ) -> tuple[BranchCommits, datetime | None]:
        """The line with these revisions on it, and when to ask again for those that it lacks."""
        ...

    async def load_suspect_details(
        self,
        repository: Repository,
        branch: str,
        line: BranchCommits,
        incidents: Iterable[Incident],
    ) -> tuple[BranchCommits, datetime | None]:
        """The line with all that is to be known of the suspects, and when to ask again."""
        ...


class StoredCommits:
    """Commits as they are stored; nobody is asked for more."""

    def __init__(self, builds: BuildStore) -> None:
        self._builds = builds

    async def load(
        self,
        repository: Repository,
        branch: str,
        _revisions: Iterable[str],
        _version: int | None = None,
    ) -> tuple[BranchCommits, datetime | None]:
        """The line as it is stored."""
        return await self._builds.load_line(repository.repo_id, branch), None

    async def load_suspect_details(
        self,
        _repository: Repository,
        _branch: str,
        line: BranchCommits,
        _incidents: Iterable[Incident],
    ) -> tuple[BranchCommits, datetime | None]:
        """What is known, is known."""
        return line, None


@dataclass(frozen=True, slots=True)
class FoldResult:
    """What came of a fold: all incidents of a branch."""

    before: tuple[Incident, ...]  # as they are stored
    after: tuple[Incident, ...]  # as they should be
    again_at: datetime | None  # when commits that are missing should be asked for again
    shown: frozenset[int]  # pulls whose comments show a commit that was built just now
    cache: BranchCache  # what it was folded with


class BranchFolder:
    """The states of all watched branches."""

    def __init__(
        self,
        builds: BuildStore,
        incidents: Incidents,
        overrides: Overrides,
        commits: CommitSource,
        *,
        anew: bool = False,
    ) -> None:
        """`anew`: what is over is judged again by today's code, too."""
        self._builds = builds
        self._incidents = incidents
        self._commits = commits
        self._overrides = OverrideApplier(overrides)
        self._anew = anew
        self._caches: dict[Where, BranchCache] = {}

    async def fold(
        self, repository: Repository, branch: str, now: datetime, options: Options
    ) -> FoldResult:
        """Fold what is new of a branch; `now` is the time by Buildbot's clock.

        A fold that is cancelled leaves a thread behind that goes on for a while. So nobody else
        finds what it works on: whoever folds meanwhile begins with the facts.
        """
        where = (repository.repo_id, branch)
        roster = make_roster(await self._builds.load_builders())
        cache = self._take(where, now, roster, options)
        if cache.flaky_list.known != options.known_flaky:
            cache.flaky_list = FlakyList(options.known_flaky)
        try:
            folded = await self._fold(cache, repository, branch, now)
        except Unavailable:  # a neighbour is away, and no thread at work
            self._caches[where] = cache
            raise
        self._caches[where] = cache
        return folded

    async def _fold(
        self, cache: BranchCache, repository: Repository, branch: str, now: datetime
    ) -> FoldResult:
        new = await self._load(cache, repository.repo_id, branch)
        revisions = {o.revision for o in new.observations if o.revision}
        line, line_at = await self._commits.load(repository, branch, revisions, new.line_version)
        await self._advance(cache, line, new.observations, now)
        news = new.observations if cache.version else ()  # after a start nothing is
        cache.version = new.version
        opened = [i for i in cache.folded.values() if i.state is IncidentState.OPEN]
        line, suspects_at = await self._commits.load_suspect_details(
            repository, branch, line, opened
        )
        if line is not cache.line:
            await self._advance(cache, line, (), now)
        cache.explain()
        after = await self._find_incidents(cache, repository.repo_id, branch, now)
        times = [at for at in (line_at, suspects_at) if at is not None]
        shown = find_shown_pulls(after, news)
        return FoldResult(cache.stored, after, min(times, default=None), shown, cache)

    async def _load(self, cache: BranchCache, repo_id: int, branch: str) -> ObservationBatch:
        """The builds that are new, and the incidents where somebody else wrote them meanwhile."""
        new = await self._builds.load_observations(repo_id, branch, cache.version, cache.since)
        if cache.stored_version != new.incidents_version:
            cache.stored = await self._incidents.load_incidents(repo_id, branch)
            cache.stored_version = new.incidents_version
            cache.left = {incident.id: incident for incident in cache.stored}
        return new

    async def _find_incidents(
        self, cache: BranchCache, repo_id: int, branch: str, now: datetime
    ) -> tuple[Incident, ...]:
        """What was folded, as other branches and people let it stand, under the stored names."""
        alone = [
            await self._apply_other_branches(cache, repo_id, name, now) for name in cache.folded
        ]
        unlisted = [cache.flaky_list.apply(incident) for incident in alone]
        grouped = group_incidents(unlisted, len(cache.builders))
        folded = [tell_old_names(incident, cache.roster) for incident in grouped]
        decided = await self._overrides.apply(repo_id, branch, folded, cache.state, cache.policy)
        if cache.settled is None:
            cache.settled = {} if self._anew else find_settled(cache.stored, decided)
        return keep_identity(cache.stored, decided, cache.line, now - FINAL_AFTER, cache.settled)

    async def save(
        self, repository: Repository, branch: str, folded: FoldResult
    ) -> IncidentChanges:
        """Store what a fold of the branch came to, and wake the pulls that it concerns."""
        where = (repository.repo_id, branch)
        cache, after = folded.cache, folded.after
        changes = find_changes(cache.stored, after)
        if changes.changed or changes.gone or folded.shown:
            announced = await self._overrides.load_announced_pulls(repository.repo_id, changes)
            pulls = sorted({*announced, *changes.pulls, *folded.shown})
            keys: list[Key] = [pull_key(repository.repo_id, number) for number in pulls]
            gone = [incident.id for incident in changes.gone]
            cache.stored_version = await self._incidents.save_incidents(
                *where, changes.changed, keys, gone
            )
        if changes.changed or cache.feedback_line is not cache.line:
            await self._overrides.save_feedback(repository.repo_id, after, cache.line)
            cache.feedback_line = cache.line
        cache.stored = after
        return changes

    async def _apply_other_branches(
        self, cache: BranchCache, repo_id: int, name: str, now: datetime
    ) -> Incident:
        """An incident as other branches let it stand; one that accuses nobody is left as it is."""
        incident = cache.folded[name]
        if incident.pull is None:
            return incident
        known = cache.cross_branch.get(name)
        if known and known[0] is incident and now - incident.opened_at > _LISTENING:
            return known[1]
        begin, end = (
            incident.opened_at - CROSS_BRANCH_WINDOW,
            incident.opened_at + CROSS_BRANCH_WINDOW,
        )
        reds = await self._builds.load_reds(repo_id, incident.branch, begin, end)
        found = apply_cross_branch_evidence(incident, reds)
        if known and known[1] == found:
            found = known[1]
        cache.cross_branch[name] = (incident, found)
        return found

    def _take(self, where: Where, now: datetime, roster: Roster, options: Options) -> BranchCache:
        """What is kept; builders and settings change so seldom that all is folded anew then."""
        nothing = BranchCommits(epoch=0, base=0, commits=())
        state = new_state(where[1], gone=roster.gone)
        new = BranchCache(
            find_horizon(now), state, nothing, options.policy, options.is_stable, roster
        )
        cache = self._caches.pop(where, None)
        return cache if cache is not None and cache.goes_on(new) else new

    async def _advance(
        self,
        cache: BranchCache,
        line: BranchCommits,
        observations: Sequence[Observation],
        now: datetime,
    ) -> None:
        """In threads: what comes late may have thousands of builds folded again."""
        if line is not cache.line:
            await asyncio.to_thread(cache.extend, line)
        for part in _cut(observations):
            await asyncio.to_thread(self._advance_part, cache, part, now)
        cache.age()

    def _advance_part(self, cache: BranchCache, part: Sequence[Observation], now: datetime) -> None:
        find_name = cache.roster.find_name
        builds = [
            replace(o, stable=cache.is_stable(make_builder(o)), builder=find_name(o)) for o in part
        ]
        cache.advance(builds, now)


def make_builder(observation: Observation) -> Builder:
    """Judged by today's settings, not by those under which the build was read."""
    return Builder(observation.source, 0, observation.builder, observation.tags)


def _cut(observations: Sequence[Observation]) -> Iterator[Sequence[Observation]]:
    """In parts; one empty part where there are none, for time goes on all the same."""
    for start in range(0, max(1, len(observations)), _BUILDS_AT_ONCE):
        yield observations[start : start + _BUILDS_AT_ONCE]
