"""What a fold remembers of a branch. Every change is in the undo log, or can be taken out.

In: finished builds, one after another. Out: which signatures they touch. The flake ledger is
here: past failures by test and builder, kin by message, and how many tests ever proved flaky.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple, TypeVar

from bot.core.blame.case import FlakeCounts, Posterior
from bot.core.blame.timeline.failure_history import (
    BuilderLog,
    FailureHistory,
    PlacedBuild,
    Streak,
    find_first_good,
)
from bot.core.blame.timeline.fleet_summary import FleetSummary
from bot.core.blame.timeline.former_failures import find_former
from bot.core.blame.timeline.gone_builders import GoneBuilders
from bot.core.blame.timeline.outcomes import Shown, find_outcome
from bot.core.blame.timeline.suites import SeenIn
from bot.core.blame.timeline.undo_log import UndoLog
from bot.core.model import BuildRef, Incident, IncidentState, Observation, Outcome, Signature

_Order = tuple[datetime, BuildRef]
_Signatures = dict[Signature, None]  # a set that a journal can write to
K = TypeVar("K")

# A red after fewer passes than this on the builders that showed it: it had not been fixed, the
# culprit only fails now and then. Three passes in a row are rare even for one that fails half the
# time (one in eight).
_PASSES_OF_A_FIX = 3
_NEWEST = 10**9  # a position behind all others
# A pass elsewhere clears commits of the range, and soon; later ones tell of other commits.
_ALIBI_COMMITS = 3
_DECIDED = 0.98  # from here a pass elsewhere does not change what is said
_ALIBI_TIME = timedelta(hours=24)
# Beliefs have long settled after so many reds; more only cost time.
_REDS_JUDGED = 24
_SIBLINGS_READ = 64  # tests that broke together say the same


class _Late(NamedTuple):
    """A builder that keeps a streak from being over, until one of these changes."""

    builder: str
    builds: int  # that it built; only the log of one that builds changes
    opened: bool  # by a stable builder: then it only waits for these
    steps: SeenIn  # in which the signature was seen


class _Grown:
    """Streaks with one red build more. What failed together ever since shares its streak."""

    def __init__(self, red: PlacedBuild) -> None:
        self.red = red
        # By the old one, which is kept so that no other one is taken for it, and the floor.
        self._known: dict[tuple[int, int], tuple[Streak | None, Streak]] = {}

    def find(self, streak: Streak | None, floor: int) -> Streak:
        """The longer streak; a new one from a floor on where there was none."""
        name = (id(streak), floor)
        if name not in self._known:
            longer = streak.add(self.red) if streak else Streak.of(self.red, floor)
            self._known[name] = (streak, longer)
        return self._known[name][1]


class BranchHistory:
    """Builders, failures of signatures, and the flake ledger."""

    def __init__(self, undo_log: UndoLog, gone: Mapping[str, datetime] | None = None) -> None:
        """`gone`: builders that were taken out of Buildbot, with the time when that was seen."""
        self._undo_log = undo_log
        self._gone = GoneBuilders(gone or {})
        self.logs: dict[str, BuilderLog] = {}
        self.failures: dict[Signature, FailureHistory] = {}
        self.open: _Signatures = {}  # signatures with a streak
        self._builds = 0
        self._began: dict[_Order, _Signatures] = {}  # by the streak's first red build
        self._opened: dict[_Order, _Signatures] = {}  # by its opening
        self._kin: dict[tuple[str, str], _Signatures] = {}  # by builder and message
        self._said: dict[tuple[str, str], _Signatures] = {}  # the same, of all that failed
        self._flaky: _Signatures = {}
        # These only save time.
        self._late: dict[Signature, _Late] = {}
        self.fleet = FleetSummary(self.logs)

    # ------------------------------------------------------------ taking a build in

    def add(self, position: int, build: Observation) -> PlacedBuild:
        """Remember a build, which stands at its commit's position."""
        if build.builder not in self.logs:
            self._undo_log.put(self.logs, build.builder, BuilderLog())
        self._builds += 1
        self._gone.at = build.complete_at
        entry = self.logs[build.builder].put(position, build, self._undo_log)
        self.fleet.note(build.builder)
        return entry

    def take_out(self, builds: Iterable[Observation]) -> None:
        """Forget builds that were taken back; the journal has forgotten what came of them."""
        gone = {(build.source, build.buildid): build.builder for build in builds}
        for builder in set(gone.values()) & self.logs.keys():
            self.logs[builder].take_out(gone)
        self._builds = sum(len(log.entries) for log in self.logs.values())
        self._late.clear()
        self.fleet.forget()

    def find_red(self, entry: PlacedBuild, shown: Shown) -> set[Signature]:
        """Note what failed in this build; the signatures whose streak it touches."""
        touched = set()
        grown = _Grown(entry)
        for signature in dict.fromkeys(s.signature for s in entry.build.sightings):
            result = find_outcome(entry.build, signature, shown=shown)
            failure = (self.failures.get(signature) or FailureHistory(signature)).see(
                shown, entry.build
            )
            if result is Outcome.FLAKED:
                self._add_flaked(failure, entry)
            elif result is Outcome.FAIL:
                self._add_red(failure, grown)
            if result is not None and signature in self.open:
                touched.add(signature)
        return touched

    def find_green(self, entry: PlacedBuild, shown: Shown) -> tuple[set[Signature], set[Signature]]:
        """Open signatures that passed: on a builder that showed them, and elsewhere."""
        own, elsewhere = set(), set()
        for signature in self.open:
            failure = self.failures[signature]
            streak = failure.streak
            if streak is None or failure.outcome(entry, shown) is not Outcome.PASS:
                continue
            if entry.build.builder in streak.builders:
                own.add(signature)
            elif _is_alibi(entry, streak, failure.belief):
                elsewhere.add(signature)
        return own, elsewhere

    def _add_red(self, failure: FailureHistory, grown: _Grown) -> None:
        signature, streak, entry = failure.signature, failure.streak, grown.red
        if streak is None and failure.fixed:
            if self._is_of_fixed(failure, entry):
                self._undo_log.put(
                    self.failures, signature, replace(failure, fixed=failure.fixed.add(entry))
                )
                return
            if not self._was_fixed(failure, entry.position):
                streak = failure.fixed
                failure = replace(failure, fixed=None, floor=streak.floor)
        longer = grown.find(streak, failure.floor)
        if streak is None:
            self._index(self._began, entry.order, signature)
        if longer.opening is entry:
            self._index(self._opened, entry.order, signature)
        self._undo_log.put(self.failures, signature, replace(failure, streak=longer))
        self._index(self._said, (entry.build.builder, signature.message), signature)
        if signature not in self.open:
            self._undo_log.put(self.open, signature, None)

    def _add_flaked(self, failure: FailureHistory, entry: PlacedBuild) -> None:
        self._undo_log.put(self.failures, failure.signature, failure.add_flaked(entry))
        self._remember_flake(failure.signature, [entry.build])

    def _index(self, index: dict[K, _Signatures], key: K, signature: Signature) -> None:
        found = index.setdefault(key, {})
        if signature not in found:
            self._undo_log.put(found, signature, None)

    def _is_of_fixed(self, failure: FailureHistory, red: PlacedBuild) -> bool:
        """A build of an old commit, long after the fix: it tells of what was fixed."""
        return (
            failure.fixed is not None
            and red.position <= max(e.position for e in failure.fixed.reds)
            and self._was_fixed(failure, _NEWEST)
        )

    def _was_fixed(self, failure: FailureHistory, until: int) -> bool:
        """Enough passes lie between a fixed streak and a position on its builders."""
        last = max(e.position for e in failure.fixed.reds) if failure.fixed else -1
        passes = 0
        for builder in failure.fixed.builders if failure.fixed else ():
            between = self.logs[builder].between(last + 1, until)
            passes += sum(failure.outcome(e) is Outcome.PASS for e in between)
        return passes >= _PASSES_OF_A_FIX

    # ------------------------------------------------------------ what it adds up to

    def find_groups(self, touched: Iterable[Signature]) -> list[list[FailureHistory]]:
        """Open failures that a stable builder opened and that no build told from a touched one."""
        groups: dict[tuple[object, ...], list[FailureHistory]] = {}
        together: dict[_Order, dict[tuple[object, ...], list[FailureHistory]]] = {}
        for signature in sorted(touched):
            streak = self.failures[signature].streak
            if streak is None or streak.opening is None or streak.key in groups:
                continue
            opening = streak.opening.order
            if opening not in together:
                together[opening] = self._find_together(opening)
            groups[streak.key] = together[opening][streak.key]
        return list(groups.values())

    def _find_together(self, opening: _Order) -> dict[tuple[object, ...], list[FailureHistory]]:
        """What one build opened and is open still, by the key of its streak."""
        groups: dict[tuple[object, ...], list[FailureHistory]] = {}
        for signature in sorted(self._opened[opening]):
            streak = self.failures[signature].streak
            if streak is not None:
                groups.setdefault(streak.key, []).append(self.failures[signature])
        return groups

    def count_builds(self) -> int:
        """Builds of the fleet that were evidence."""
        return self._builds

    def is_open_to(self, failure: FailureHistory, entry: PlacedBuild, *, passed: bool) -> bool:
        """A build may change what is believed of it.

        After so many reds another one tells nothing, and a pass only if it is of a suspect.
        """
        reds = len(failure.streak.reds) if failure.streak else 0
        if failure.belief is None or reds <= _REDS_JUDGED:
            return True
        return passed and entry.position < failure.belief.start + len(failure.belief.suspects)

    def is_over(self, failure: FailureHistory) -> bool:
        """Every stable builder of the streak passed at a commit after its last red, or is gone."""
        streak = failure.streak
        assert streak is not None  # noqa: S101 - only open failures are asked about
        known = self._late.get(failure.signature)
        if (
            known
            and known.builder not in self._gone
            and known.builder in streak.builders
            and known == self._look_at(known.builder, failure)
        ):
            return False
        for builder, red in streak.last_reds().items():
            if builder in self._gone:
                continue
            if find_first_good(self.logs[builder], red, failure) is None:
                self._late[failure.signature] = self._look_at(builder, failure)
                return False
        return True

    def find_abandoned(self) -> set[Signature]:
        """Open signatures that only builders keep open which are gone by now."""
        failures = (self.failures[signature] for signature in self.open)
        return {t.signature for t in self._gone.find_abandoned(failures, self.logs)}

    def _look_at(self, builder: str, failure: FailureHistory) -> _Late:
        opening = failure.streak.opening if failure.streak else None
        return _Late(builder, len(self.logs[builder].entries), opening is not None, failure.seen_in)

    def make_ledger(self, failure: FailureHistory, streak: Streak) -> FlakeCounts:
        """What the record says of flakiness, for this failure."""
        message = failure.signature.message
        kin = {s for b in streak.builders for s in self._kin.get((b, message), ())}
        began = self._began.get(streak.reds[0].order, ())
        return FlakeCounts(
            company=len(began),
            kin=len(kin - {failure.signature}),
            found=len(self._flaky),
            builds=self.count_builds(),
            former=find_former(failure, streak.first, self.logs),
            sibling=self._find_sibling(failure, streak),
        )

    def _find_sibling(self, failure: FailureHistory, streak: Streak) -> int | None:
        """Where another failure with this message began, which failed as well when this one began.

        A test of many that broke together may have passed once more than the others.
        """
        first = streak.reds[0]
        same = self._said.get((first.build.builder, failure.signature.message), ())
        found = []
        for signature in islice(same, _SIBLINGS_READ):
            other = self.failures[signature]
            if other.is_regression and other.streak and first in other.streak.reds:
                found.append(other.streak.first)
        return min((p for p in found if p < streak.first), default=None)

    def believe(self, failure: FailureHistory, belief: Posterior) -> FailureHistory:
        """A failure with its new belief, remembered."""
        changed = replace(failure, belief=belief)
        self._undo_log.put(self.failures, failure.signature, changed)
        return changed

    def note_accused(self, failures: Iterable[FailureHistory], incident: Incident) -> None:
        """Remember whom an incident accuses: the next pull that the same failure accuses is less
        likely to be the one.
        """
        if incident.pull is None or incident.state is not IncidentState.OPEN:
            return
        for failure in failures:
            kept = dict(failure.accused)
            if incident.pull not in kept and failure.streak:
                told = (*failure.accused, (incident.pull, failure.streak.last_at))
                changed = replace(self.failures[failure.signature], accused=told)
                self._undo_log.put(self.failures, failure.signature, changed)

    def close(self, failure: FailureHistory, *, regression: bool) -> None:
        """The streak is over: a regression was fixed, or it goes into the flake ledger."""
        streak = failure.streak
        assert streak is not None  # noqa: S101 - only open failures are closed
        if regression:
            floor = max(e.position for e in streak.reds) + 1
            closed = replace(failure, streak=None, belief=None, fixed=streak, floor=floor)
        else:
            past = failure.count_fails()
            past.subtract(e.build.builder for e in failure.flaked)
            kept = tuple(sorted(past.items()))
            closed = replace(failure, streak=None, belief=None, past=kept)
            self._remember_flake(failure.signature, [e.build for e in streak.reds])
        self._undo_log.put(self.failures, failure.signature, closed)
        self._undo_log.drop(self.open, failure.signature)
        self._late.pop(failure.signature, None)

    def forget_quiet(self, before: datetime) -> list[FailureHistory]:
        """Close what no build has shown since: its test is gone, or its builder retired."""
        quiet = [
            failure
            for failure in (self.failures[s] for s in self.open)
            if failure.streak and failure.streak.last_at < before
        ]
        for failure in quiet:
            self.close(failure, regression=failure.is_regression)
        return quiet

    def _remember_flake(self, signature: Signature, builds: Iterable[Observation]) -> None:
        for builder in {b.builder for b in builds}:
            self._index(self._kin, (builder, signature.message), signature)
        if signature not in self._flaky:
            self._undo_log.put(self._flaky, signature, None)


def _is_alibi(entry: PlacedBuild, streak: Streak, belief: Posterior | None) -> bool:
    if entry.order[0] - streak.reds[0].order[0] > _ALIBI_TIME:
        return False
    if belief is None or belief.decided >= _DECIDED:
        return False
    return belief.start <= entry.position <= streak.first + _ALIBI_COMMITS
