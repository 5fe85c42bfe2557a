"""Fold what builds say into a branch's incidents.

In: a branch, and facts and commits from the store. Out: its incidents as they stood, and as they
stand now. What is kept in memory between two folds is a function of the facts: losing it costs a
refold, nothing else.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.core.blame import BranchState, advance, extend, new_state
from bot.core.carry_over import Changes, carry_over, find_changes, inherit
from bot.core.errors import Unavailable
from bot.core.gathering import gather_incidents
from bot.core.model import (
    Builder,
    Incident,
    IncidentState,
    Key,
    Line,
    Observation,
    Repository,
    pull_key,
)
from bot.core.neighbours import HEARD, hear_neighbours
from bot.core.policy import Policy
from bot.judging import Judging
from bot.ports import Facts, Incidents, Rulings

# What is over for so long is final; no incident should live so long.
_FINAL_AFTER = timedelta(days=60)

# Facts are folded from further back, so that each incident that is not final yet is folded with
# what came before it.
_HORIZON = 2 * _FINAL_AFTER

# Where facts begin moves in steps of a month, the same for a service that ran all the time and for
# one that was just started: what is older leaves the memory then, and nobody sees a difference.
_STEP = timedelta(days=30)
_FIRST_STEP = datetime(1970, 1, 1, tzinfo=UTC)

# Folding a large fleet's past takes minutes. A thread cannot be stopped, but the next one need not
# be started: each takes in so many.
_BUILDS_AT_ONCE = 200

# Other branches are listened to until their builds around an opening are surely read; what comes
# later than that is heard at the next start, or by `rebuild`.
_LISTENING = 2 * HEARD

Where = tuple[int, str]


class Lines(Protocol):
    """Where a branch's commits come from."""

    async def load(
        self,
        repository: Repository,
        branch: str,
        revisions: Iterable[str],
        version: int | None = None,
    ) -> tuple[Line, datetime | None]:
        """The line with these revisions on it, and when to ask again for those that it lacks."""
        ...

    async def complete_suspects(
        self, repository: Repository, branch: str, line: Line, incidents: Iterable[Incident]
    ) -> tuple[Line, datetime | None]:
        """The line with all that is to be known of the suspects, and when to ask again."""
        ...


class StoredLines:
    """Commits as they are stored; nobody is asked for more."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    async def load(
        self,
        repository: Repository,
        branch: str,
        _revisions: Iterable[str],
        _version: int | None = None,
    ) -> tuple[Line, datetime | None]:
        """The line as it is stored."""
        return await self._facts.load_line(repository.repo_id, branch), None

    async def complete_suspects(
        self,
        _repository: Repository,
        _branch: str,
        line: Line,
        _incidents: Iterable[Incident],
    ) -> tuple[Line, datetime | None]:
        """What is known, is known."""
        return line, None


@dataclass(slots=True)
class _Kept:
    """What is kept of a branch between two folds."""

    since: datetime  # where its facts begin
    state: BranchState
    line: Line
    version: int = 0  # of the facts that went into it
    folded: dict[str, Incident] = field(default_factory=dict)  # by the fold's own ids
    builders: set[str] = field(default_factory=set)  # all that built it
    stored: tuple[Incident, ...] = ()
    stored_version: int = -1  # that of `stored`; another one: somebody else wrote meanwhile
    left: dict[str, Incident] = field(default_factory=dict)  # by id, what others had stored
    # By the fold's ids, what was folded, and what other branches made of it.
    heard: dict[str, tuple[Incident, Incident]] = field(default_factory=dict)
    touched: dict[str, None] = field(default_factory=dict)  # to be explained, by the fold's ids
    explained: dict[str, Incident] = field(default_factory=dict)  # as they were when it was done
    labelled: Line | None = None  # of which it is known what its reverts say of our verdicts

    def take(self, state: BranchState) -> None:
        """A state that went on; only what it may have changed is looked at."""
        self.state = state
        for name in state.changed:
            self._look_at(name)

    def extend(self, line: Line) -> None:
        """The line as it is now; after a force push nothing is as it was."""
        forced = line.epoch != self.line.epoch
        self.line = line
        self.take(extend(self.state, line))
        if forced:
            self.folded = {incident.id: incident for incident in self.state.incidents}
            self.explained = {}

    def advance(self, builds: Sequence[Observation], now: datetime, policy: Policy) -> None:
        """Builds that are new, and the time by Buildbot's clock."""
        self.builders |= {o.builder for o in builds}
        self.take(advance(self.state, builds, now, policy))

    def age(self) -> None:
        """Those that are open may have gone quiet."""
        for name, known in [i for i in self.folded.items() if i[1].state is IncidentState.OPEN]:
            found = self.state.find_incident(name)
            if found is not None and found.state is not known.state:
                self._look_at(name)

    def explain(self) -> None:
        """Those that changed and may accuse: once in a fold, for it costs more than folding."""
        for name in self.touched:
            incident = self.folded.get(name)
            if incident is None or not _is_worth_explaining(incident):
                self.explained.pop(name, None)
            elif is_news(self.explained.get(name), incident):
                self.folded[name] = self.explained[name] = self.state.explain(incident)
        self.touched = {}

    def _look_at(self, name: str) -> None:
        incident = self.state.find_incident(name)
        if incident is not None:
            self.folded[name] = inherit(self.folded.get(name) or self.left.get(name), incident)
            self.touched[name] = None
        elif not any(i.id == name for i in self.state.left_behind):
            self.folded.pop(name, None)
            self.explained.pop(name, None)


@dataclass(frozen=True, slots=True)
class Folded:
    """What came of a fold: all incidents of a branch."""

    before: tuple[Incident, ...]  # as they are stored
    after: tuple[Incident, ...]  # as they should be
    again_at: datetime | None  # when commits that are missing should be asked for again
    kept: _Kept  # what it was folded with


class Folding:
    """The states of all watched branches."""

    def __init__(
        self,
        *,
        facts: Facts,
        incidents: Incidents,
        lines: Lines,
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
        self._kept: dict[Where, _Kept] = {}

    async def fold(self, repository: Repository, branch: str, now: datetime) -> Folded:
        """Fold what is new of a branch; `now` is the time by Buildbot's clock.

        A fold that is cancelled leaves a thread behind that goes on for a while. So nobody else
        finds what it works on: whoever folds meanwhile begins with the facts.
        """
        where = (repository.repo_id, branch)
        kept = self._take(where, now)
        try:
            folded = await self._fold(kept, repository, branch, now)
        except Unavailable:  # a neighbour is away, and no thread at work
            self._kept[where] = kept
            raise
        self._kept[where] = kept
        return folded

    async def _fold(
        self, kept: _Kept, repository: Repository, branch: str, now: datetime
    ) -> Folded:
        where = (repository.repo_id, branch)
        new = await self._facts.load_observations(*where, kept.version, kept.since)
        revisions = {o.revision for o in new.observations if o.revision}
        line, again_at = await self._lines.load(repository, branch, revisions, new.line_version)
        if kept.stored_version != new.incidents_version:
            kept.stored = await self._incidents.load_incidents(*where)
            kept.stored_version = new.incidents_version
            kept.left = {incident.id: incident for incident in kept.stored}
        await self._advance(kept, line, new.observations, now)
        kept.version = new.version
        opened = [i for i in kept.folded.values() if i.state is IncidentState.OPEN]
        line, ask_at = await self._lines.complete_suspects(repository, branch, line, opened)
        if line is not kept.line:
            await self._advance(kept, line, (), now)
        kept.explain()
        heard = [await self._hear(kept, repository, name, now) for name in kept.folded]
        folded = gather_incidents(heard, len(kept.builders))
        ruled = await self._judging.judge(repository.repo_id, branch, folded, kept.state)
        after = carry_over(kept.stored, ruled, kept.line, now - _FINAL_AFTER)
        times = [at for at in (again_at, ask_at) if at is not None]
        return Folded(kept.stored, after, min(times, default=None), kept)

    async def save(self, repository: Repository, branch: str, folded: Folded) -> Changes:
        """Store what a fold of the branch came to, and wake the pulls that it concerns."""
        where = (repository.repo_id, branch)
        kept, after = folded.kept, folded.after
        changes = find_changes(kept.stored, after)
        if changes.changed or changes.gone:
            told = await self._judging.find_told(repository.repo_id, changes)
            pulls = sorted({*told, *changes.pulls})
            keys: list[Key] = [pull_key(repository.repo_id, number) for number in pulls]
            gone = [incident.id for incident in changes.gone]
            kept.stored_version = await self._incidents.save_incidents(
                *where, changes.changed, keys, gone
            )
        if changes.changed or kept.labelled is not kept.line:
            await self._judging.label(repository.repo_id, after, kept.line)
            kept.labelled = kept.line
        kept.stored = after
        return changes

    async def _hear(
        self, kept: _Kept, repository: Repository, name: str, now: datetime
    ) -> Incident:
        """An incident as other branches let it stand; who is not accused, need not be heard."""
        incident = kept.folded[name]
        if incident.pull is None:
            return incident
        known = kept.heard.get(name)
        if known and known[0] is incident and now - incident.opened_at > _LISTENING:
            return known[1]
        begin, end = incident.opened_at - HEARD, incident.opened_at + HEARD
        reds = await self._facts.load_reds(repository.repo_id, incident.branch, begin, end)
        heard = hear_neighbours(incident, reds)
        if known and known[1] == heard:
            heard = known[1]
        kept.heard[name] = (incident, heard)
        return heard

    def _take(self, where: Where, now: datetime) -> _Kept:
        since = find_beginning(now)
        kept = self._kept.pop(where, None)
        if kept is None or kept.since != since:
            return _Kept(since, new_state(where[1]), Line(epoch=0, base=0, commits=()))
        return kept

    async def _advance(
        self, kept: _Kept, line: Line, observations: Sequence[Observation], now: datetime
    ) -> None:
        """In threads: what comes late may have thousands of builds folded again."""
        if line is not kept.line:
            await asyncio.to_thread(kept.extend, line)
        for part in _cut(observations):
            await asyncio.to_thread(self._take_in, kept, part, now)
        kept.age()

    def _take_in(self, kept: _Kept, part: Sequence[Observation], now: datetime) -> None:
        builds = [replace(o, stable=self._is_stable(o)) for o in part]
        kept.advance(builds, now, self._policy)

    def _is_stable(self, observation: Observation) -> bool:
        """By today's settings, not by those under which the build was read."""
        builder = Builder(observation.source, 0, observation.builder, observation.tags)
        return self._is_builder_stable(builder)


def find_beginning(now: datetime) -> datetime:
    """Where the facts begin that are folded at this time."""
    return _FIRST_STEP + (now - _FIRST_STEP) // _STEP * _STEP - _HORIZON


# A suspicion of less is nobody's interest; known flakes and outages fail often, and stay below it.
_WORTH_EXPLAINING = 0.1


def _is_worth_explaining(incident: Incident) -> bool:
    likeliest = max((s.p for s in incident.suspects), default=0.0)
    return incident.state is IncidentState.OPEN and likeliest >= _WORTH_EXPLAINING


# Of a belief that moved by less, nobody would word the testimony otherwise; in a rush every green
# build moves all beliefs a little, and explaining took half of the processor's time.
_NEWS = 0.02


def is_news(told: Incident | None, now: Incident) -> bool:
    """Whether what was explained reads otherwise by now."""
    if told is None or (told.pull, told.verdict) != (now.pull, now.verdict):
        return True
    before = {s.sha: s.p for s in told.suspects}
    moved = any(abs(s.p - before.pop(s.sha, 0.0)) >= _NEWS for s in now.suspects)
    return moved or told.red_builds != now.red_builds or max(before.values(), default=0.0) >= _NEWS


def _cut(observations: Sequence[Observation]) -> Iterator[Sequence[Observation]]:
    """In parts; one empty part where there are none, for time goes on all the same."""
    for start in range(0, max(1, len(observations)), _BUILDS_AT_ONCE):
        yield observations[start : start + _BUILDS_AT_ONCE]
