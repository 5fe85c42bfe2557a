"""What is kept of a branch between two folds, so that a new build costs no refold.

In: observations, commits and the time. Out: the branch's state, and its incidents by the fold's own
ids. It is a function of the facts: losing it costs a refold, nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.core.blame import BranchState, advance, extend
from bot.core.incidents.builder_roster import Roster
from bot.core.incidents.continuity import keep_record
from bot.core.incidents.known_flaky import FlakyList
from bot.core.model import BranchCommits, Builder, Incident, IncidentState, Observation
from bot.core.model.known_flaky import NOTHING_LISTED
from bot.core.policy.thresholds import Policy

# What is over for so long is final; no incident should live so long.
FINAL_AFTER = timedelta(days=60)

# Facts are folded from further back, so that each incident that is not final yet is folded with
# what came before it.
_HORIZON = 2 * FINAL_AFTER

# Where facts begin moves in steps of a month, the same for a service that ran all the time and for
# one that was just started: what is older leaves the memory then, and nobody sees a difference.
_STEP = timedelta(days=30)
_FIRST_STEP = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class BranchCache:
    """What is kept of a branch between two folds."""

    since: datetime  # where its facts begin
    state: BranchState
    line: BranchCommits
    policy: Policy  # by which it was folded
    is_stable: Callable[[Builder], bool]  # the same
    roster: Roster = field(default_factory=Roster)  # which builders are gone, or renamed
    version: int = 0  # of the facts that went into it
    folded: dict[str, Incident] = field(default_factory=dict)  # by the fold's own ids
    builders: set[str] = field(default_factory=set)  # all that built it
    stored: tuple[Incident, ...] = ()
    stored_version: int = -1  # that of `stored`; another one: somebody else wrote meanwhile
    left: dict[str, Incident] = field(default_factory=dict)  # by id, what others had stored
    # By the fold's ids, what was folded, and what other branches made of it.
    cross_branch: dict[str, tuple[Incident, Incident]] = field(default_factory=dict)
    touched: dict[str, None] = field(default_factory=dict)  # to be explained, by the fold's ids
    explained: dict[str, Incident] = field(default_factory=dict)  # as they were when it was done
    # By id, what the first fold made of incidents that were over by then; None: not folded yet.
    settled: dict[str, Incident] | None = None
    # Of which it is known what its reverts say of our verdicts.
    feedback_line: BranchCommits | None = None
    # As of the last fold: it is applied anew with each.
    flaky_list: FlakyList = field(default_factory=lambda: FlakyList(NOTHING_LISTED))

    def goes_on(self, new: "BranchCache") -> bool:
        """Whether what is kept here is what `new` would come to."""
        return (self.since, self.roster, self.policy, self.is_stable) == (
            new.since,
            new.roster,
            new.policy,
            new.is_stable,
        )

    def take(self, state: BranchState) -> None:
        """A state that went on; only what it may have changed is looked at."""
        self.state = state
        for name in state.changed:
            self._look_at(name)

    def extend(self, line: BranchCommits) -> None:
        """The line as it is now; after a force push nothing is as it was."""
        forced = line.epoch != self.line.epoch
        self.line = line
        self.take(extend(self.state, line))
        if forced:
            self.folded = {incident.id: incident for incident in self.state.incidents}
            self.explained = {}

    def advance(self, builds: Sequence[Observation], now: datetime) -> None:
        """Builds that are new, and the time by Buildbot's clock."""
        self.builders |= {o.builder for o in builds}
        self.take(advance(self.state, builds, now, self.policy))

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
            elif needs_new_explanation(self.explained.get(name), incident):
                self.folded[name] = self.explained[name] = self.state.explain(incident)
        self.touched = {}

    def _look_at(self, name: str) -> None:
        incident = self.state.find_incident(name)
        if incident is not None:
            self.folded[name] = keep_record(self.folded.get(name) or self.left.get(name), incident)
            self.touched[name] = None
        elif not any(i.id == name for i in self.state.left_behind):
            self.folded.pop(name, None)
            self.explained.pop(name, None)


def find_horizon(now: datetime) -> datetime:
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


def needs_new_explanation(explained: Incident | None, now: Incident) -> bool:
    """Whether what was explained reads otherwise by now."""
    if explained is None or (explained.pull, explained.verdict) != (now.pull, now.verdict):
        return True
    before = {s.sha: s.p for s in explained.suspects}
    moved = any(abs(s.p - before.pop(s.sha, 0.0)) >= _NEWS for s in now.suspects)
    return (
        moved
        or explained.red_builds != now.red_builds
        or max(before.values(), default=0.0) >= _NEWS
    )
