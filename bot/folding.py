"""Fold what builds say into a branch's incidents.

In: a branch, and facts and commits from the store. Out: its incidents as they stood, and as they
stand now. What is kept in memory between two folds is a function of the facts: losing it costs a
refold, nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.commits import CommitLines
from bot.core.blame import BranchState, advance, extend, new_state
from bot.core.model import Builder, Incident, Key, Observation, Repository
from bot.core.policy import Policy
from bot.judging import Judging
from bot.ports import Facts, Incidents, Rulings

# What is over for so long is final; no incident should live so long.
_FINAL_AFTER = timedelta(days=60)

# After a restart facts are folded from further back, so that each incident that is not final yet
# is folded with what came before it.
_HORIZON = 2 * _FINAL_AFTER


@dataclass(frozen=True, slots=True)
class Folded:
    """What came of a fold."""

    before: tuple[Incident, ...]  # as they are stored
    after: tuple[Incident, ...]  # as they should be
    keys: tuple[Key, ...]  # of those who have to look again
    again_at: datetime | None  # when commits that are missing should be asked for again


@dataclass(frozen=True, slots=True)
class _Kept:
    """A branch's state, and the version of the facts that went into it."""

    version: int
    state: BranchState


class Folding:
    """The states of all watched branches."""

    def __init__(
        self,
        *,
        facts: Facts,
        incidents: Incidents,
        lines: CommitLines,
        is_stable: Callable[[Builder], bool],
        policy: Policy,
        rulings: Rulings,
    ) -> None:
        self._facts = facts
        self._incidents = incidents
        self._lines = lines
        self._is_builder_stable = is_stable
        self._policy = policy
        self._judging = Judging(rulings, policy)
        self._kept: dict[tuple[int, str], _Kept] = {}

    async def fold(self, repository: Repository, branch: str, now: datetime) -> Folded:
        """Fold what is new of a branch; `now` is the time by Buildbot's clock."""
        state, again_at = await self._advance(repository, branch, now)
        before = await self._incidents.load_incidents(repository.repo_id, branch)
        final_before = now - _FINAL_AFTER
        after, keys = await self._judging.judge(repository.repo_id, state, before, final_before)
        return Folded(before, after, tuple(keys), again_at)

    async def _advance(
        self, repository: Repository, branch: str, now: datetime
    ) -> tuple[BranchState, datetime | None]:
        """The branch's state with all facts in it, and when to look again for missing commits."""
        where = (repository.repo_id, branch)
        kept = self._kept.get(where) or _Kept(0, new_state(branch))
        new = await self._facts.load_observations(*where, kept.version, now - _HORIZON)
        revisions = {o.revision for o in new.observations if o.revision}
        line, again_at = await self._lines.load(repository, branch, revisions)
        observations = tuple(replace(o, stable=self._is_stable(o)) for o in new.observations)
        state = advance(extend(kept.state, line), observations, now, self._policy)
        came, ask_at = await self._lines.complete_suspects(repository, branch, state.incidents)
        if came:
            line = await self._facts.load_line(*where)
            state = advance(extend(state, line), (), now, self._policy)
        self._kept[where] = _Kept(new.version, state)
        return state, min((at for at in (again_at, ask_at) if at is not None), default=None)

    def _is_stable(self, observation: Observation) -> bool:
        """By today's settings, not by those under which the build was read."""
        builder = Builder(observation.source, 0, observation.builder, observation.tags)
        return self._is_builder_stable(builder)
