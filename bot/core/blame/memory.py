"""Memory: what a fold remembers of a branch. Every change is in the journal, or can be taken out.

In: finished builds, one after another. Out: which signatures they touch. The flake ledger is
here: past failures by test and builder, kin by message, and how many tests ever proved flaky.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from bot.core.blame.case import Belief
from bot.core.blame.evidence import Ledger
from bot.core.blame.journal import Journal
from bot.core.blame.outcome import Shown, outcome
from bot.core.blame.trail import BuilderLog, Entry, Streak, Trail, find_first_good
from bot.core.model import Observation, Outcome, Signature

_Order = tuple[datetime, int]
_Signatures = dict[Signature, None]  # a set that a journal can write to
K = TypeVar("K")

# A red after fewer passes than this on the builders that showed it: it had not been fixed, the
# culprit only fails now and then. Three passes in a row are rare even for one that fails half the
# time (one in eight).
_PASSES_OF_A_FIX = 3
# A pass elsewhere clears commits of the range, and soon; later ones tell of other commits.
_ALIBI_COMMITS = 3
_DECIDED = 0.98  # from here a pass elsewhere does not change what is said
_ALIBI_TIME = timedelta(hours=24)
# Beliefs have long settled after so many reds; more only cost time.
_REDS_JUDGED = 24


class _Late(NamedTuple):
    """A builder that keeps a streak from being over, until one of these changes."""

    builder: str
    builds: int  # that it built; only the log of one that builds changes
    opened: bool  # by a stable builder: then it only waits for these
    steps: frozenset[str | None]  # in which the signature was seen


class _Grown:
    """Streaks with one red build more. What failed together ever since shares its streak."""

    def __init__(self, red: Entry) -> None:
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


class Memory:
    """Builders, trails of signatures, and the flake ledger."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.logs: dict[str, BuilderLog] = {}
        self.trails: dict[Signature, Trail] = {}
        self.open: _Signatures = {}  # signatures with a streak
        self._builds = 0
        self._began: dict[_Order, _Signatures] = {}  # by the streak's first red build
        self._opened: dict[_Order, _Signatures] = {}  # by its opening
        self._kin: dict[tuple[str, str], _Signatures] = {}  # by builder and message
        self._flaky: _Signatures = {}
        self._late: dict[Signature, _Late] = {}  # it only saves time

    # ------------------------------------------------------------ taking a build in

    def add(self, entry: Entry) -> None:
        """Remember a build."""
        builder = entry.build.builder
        if builder not in self.logs:
            self._journal.put(self.logs, builder, BuilderLog())
        self.logs[builder].put(entry)
        self._builds += 1

    def take_out(self, builds: Iterable[Observation]) -> None:
        """Forget builds that were taken back; the journal has forgotten what came of them."""
        gone = {id(build): build.builder for build in builds}
        for builder in set(gone.values()) & self.logs.keys():
            self.logs[builder].take_out(gone)
        self._builds = sum(len(log.entries) for log in self.logs.values())
        self._late.clear()

    def find_red(self, entry: Entry, shown: Shown) -> set[Signature]:
        """Note what failed in this build; the signatures whose streak it touches."""
        touched = set()
        grown = _Grown(entry)
        for signature in dict.fromkeys(s.signature for s in entry.build.sightings):
            result = outcome(entry.build, signature, shown=shown)
            trail = self._find_trail(signature, shown)
            if result is Outcome.FLAKED:
                self._add_flaked(trail, entry)
            elif result is Outcome.FAIL:
                self._add_red(trail, grown)
            if result is not None and signature in self.open:
                touched.add(signature)
        return touched

    def find_green(self, entry: Entry, shown: Shown) -> tuple[set[Signature], set[Signature]]:
        """Open signatures that passed: on a builder that showed them, and elsewhere."""
        own, elsewhere = set(), set()
        for signature in self.open:
            trail = self.trails[signature]
            streak = trail.streak
            if streak is None or trail.outcome(entry.build, shown) is not Outcome.PASS:
                continue
            if entry.build.builder in streak.builders:
                own.add(signature)
            elif _is_alibi(entry, streak, trail.belief):
                elsewhere.add(signature)
        return own, elsewhere

    def _add_red(self, trail: Trail, grown: _Grown) -> None:
        signature, streak, entry = trail.signature, trail.streak, grown.red
        if streak is None and trail.fixed and not self._was_fixed(trail, entry):
            streak = trail.fixed
            trail = replace(trail, fixed=None, floor=streak.floor)
        longer = grown.find(streak, trail.floor)
        if streak is None:
            self._index(self._began, entry.order, signature)
        if longer.opening is entry:
            self._index(self._opened, entry.order, signature)
        self._journal.put(self.trails, signature, replace(trail, streak=longer))
        if signature not in self.open:
            self._journal.put(self.open, signature, None)

    def _add_flaked(self, trail: Trail, entry: Entry) -> None:
        self._journal.put(self.trails, trail.signature, trail.add_flaked(entry))
        self._remember_flake(trail.signature, [entry.build])

    def _find_trail(self, signature: Signature, shown: Shown) -> Trail:
        """Its trail, which knows the steps of this build in which it was seen."""
        trail = self.trails.get(signature) or Trail(signature)
        seen = {s.step for s in shown[signature.site] if s.signature == signature}
        return trail if seen <= trail.steps else replace(trail, steps=trail.steps | seen)

    def _index(self, index: dict[K, _Signatures], key: K, signature: Signature) -> None:
        found = index.setdefault(key, {})
        if signature not in found:
            self._journal.put(found, signature, None)

    def _was_fixed(self, trail: Trail, red: Entry) -> bool:
        """Enough passes lie between a fixed streak and the next red on its builders."""
        last = max(e.position for e in trail.fixed.reds) if trail.fixed else -1
        passes = 0
        for builder in trail.fixed.builders if trail.fixed else ():
            between = self.logs[builder].between(last + 1, red.position)
            passes += sum(trail.outcome(e.build) is Outcome.PASS for e in between)
        return passes >= _PASSES_OF_A_FIX

    # ------------------------------------------------------------ what it adds up to

    def find_groups(self, touched: Iterable[Signature]) -> list[list[Trail]]:
        """Open trails that a stable builder opened and that no build told from a touched one."""
        groups: dict[tuple[object, ...], list[Trail]] = {}
        together: dict[_Order, dict[tuple[object, ...], list[Trail]]] = {}
        for signature in sorted(touched):
            streak = self.trails[signature].streak
            if streak is None or streak.opening is None or streak.key in groups:
                continue
            opening = streak.opening.order
            if opening not in together:
                together[opening] = self._find_together(opening)
            groups[streak.key] = together[opening][streak.key]
        return list(groups.values())

    def _find_together(self, opening: _Order) -> dict[tuple[object, ...], list[Trail]]:
        """What one build opened and is open still, by the key of its streak."""
        groups: dict[tuple[object, ...], list[Trail]] = {}
        for signature in sorted(self._opened[opening]):
            streak = self.trails[signature].streak
            if streak is not None:
                groups.setdefault(streak.key, []).append(self.trails[signature])
        return groups

    def count_builds(self) -> int:
        """Builds of the fleet that were evidence."""
        return self._builds

    def is_open_to(self, trail: Trail, entry: Entry, *, passed: bool) -> bool:
        """A build may change what is believed of it.

        After so many reds another one tells nothing, and a pass only if it is of a suspect.
        """
        reds = len(trail.streak.reds) if trail.streak else 0
        if trail.belief is None or reds <= _REDS_JUDGED:
            return True
        return passed and entry.position < trail.belief.start + len(trail.belief.suspects)

    def is_over(self, trail: Trail) -> bool:
        """Every stable builder of the streak passed at a commit after its last red."""
        streak = trail.streak
        assert streak is not None  # noqa: S101 - only open trails are asked about
        known = self._late.get(trail.signature)
        if (
            known
            and known.builder in streak.builders
            and known == self._look_at(known.builder, trail)
        ):
            return False
        for builder, red in streak.last_reds().items():
            if find_first_good(self.logs[builder], red, trail) is None:
                self._late[trail.signature] = self._look_at(builder, trail)
                return False
        return True

    def _look_at(self, builder: str, trail: Trail) -> _Late:
        opening = trail.streak.opening if trail.streak else None
        return _Late(builder, len(self.logs[builder].entries), opening is not None, trail.steps)

    def make_ledger(self, trail: Trail, streak: Streak) -> Ledger:
        """What the record says of flakiness, for this trail."""
        message = trail.signature.message
        kin = {s for b in streak.builders for s in self._kin.get((b, message), ())}
        began = self._began.get(streak.reds[0].order, ())
        return Ledger(
            company=len(began),
            kin=len(kin - {trail.signature}),
            found=len(self._flaky),
            builds=self.count_builds(),
        )

    def believe(self, trail: Trail, belief: Belief) -> Trail:
        """A trail with its new belief, remembered."""
        changed = replace(trail, belief=belief)
        self._journal.put(self.trails, trail.signature, changed)
        return changed

    def close(self, trail: Trail, *, regression: bool) -> None:
        """The streak is over: a regression was fixed, or it goes into the flake ledger."""
        streak = trail.streak
        assert streak is not None  # noqa: S101 - only open trails are closed
        if regression:
            floor = max(e.position for e in streak.reds) + 1
            closed = replace(trail, streak=None, belief=None, fixed=streak, floor=floor)
        else:
            past = trail.count_fails()
            past.subtract(e.build.builder for e in trail.flaked)
            kept = tuple(sorted(past.items()))
            closed = replace(trail, streak=None, belief=None, past=kept)
            self._remember_flake(trail.signature, [e.build for e in streak.reds])
        self._journal.put(self.trails, trail.signature, closed)
        self._journal.drop(self.open, trail.signature)
        self._late.pop(trail.signature, None)

    def forget_quiet(self, before: datetime) -> list[Trail]:
        """Close what no build has shown since: its test is gone, or its builder retired."""
        quiet = [
            trail
            for trail in (self.trails[s] for s in self.open)
            if trail.streak and trail.streak.last_at < before
        ]
        for trail in quiet:
            self.close(trail, regression=trail.is_regression)
        return quiet

    def _remember_flake(self, signature: Signature, builds: Iterable[Observation]) -> None:
        for builder in {b.builder for b in builds}:
            self._index(self._kin, (builder, signature.message), signature)
        if signature not in self._flaky:
            self._journal.put(self._flaky, signature, None)


def _is_alibi(entry: Entry, streak: Streak, belief: Belief | None) -> bool:
    if entry.order[0] - streak.reds[0].order[0] > _ALIBI_TIME:
        return False
    if belief is None or belief.decided >= _DECIDED:
        return False
    return belief.start <= entry.position <= streak.first + _ALIBI_COMMITS
