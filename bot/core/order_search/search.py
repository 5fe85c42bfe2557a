"""The search itself: which trial comes next, until the smallest one that fails is known.

Not delta debugging: the victim is known, so the last test that it needs is found by bisection over
the beginnings of what ran before it; that one is kept, and the next to last is looked for before
it. Each needed test costs about log2(n) runs, in whatever halves they lie. See decision 0298.

Deterministic: the same outcomes bring the same trials, so that a list of outcomes is enough to go
on with a search.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from math import ceil

from bot.core.order_search.belief import RATES, Belief
from bot.core.order_search.model import Limits, Outcome, Result, State, Tally, Trial
from bot.core.order_search.statistics import find_chance, find_luck

# One test is mostly to blame; whether a second is needed is asked first thing.
_NONE_AT_FIRST = 0.1
_NONE_AFTERWARDS = 0.7
# So often what failed alone is run alone, and in its order, before the two are compared.
_TO_COMPARE = 8
_CHANCE = 0.05  # above this the order makes no difference that can be told
_TWICE = 2  # so often a list must fail before more is built on it
_MOST_UNRESOLVED = 8  # runs that tell nothing, while one needed test is looked for

_Play = Generator[Trial, Outcome, Result]


class Search:
    """Asks for trials: `trial` is the next one, `record` takes its outcome.

    `result` is None as long as there is a next one.
    """

    def __init__(self, count: int, limits: Limits | None = None) -> None:
        """`count` tests ran before the victim."""
        self._limits = limits or Limits()
        self._everything: Trial = tuple(range(count))
        self._rates = self._first_rates()
        self._alone_rate = 0.0
        self._belief: Belief | None = None
        self.tallies: dict[Trial, Tally] = {}
        self.runs = 0
        self.pool: Trial = self._everything  # those that are still suspected
        self.result: Result | None = None
        self.trial: Trial | None = None
        self._play = self._search()
        self._advance(None)

    def record(self, outcome: Outcome) -> None:
        """The outcome of `trial`."""
        if self.trial is None:
            raise ValueError("the search is over")
        self.runs += 1
        known = self.tallies.get(self.trial, Tally())
        self.tallies[self.trial] = Tally(
            known.failed + (outcome is Outcome.FAILED),
            known.passed + (outcome is Outcome.PASSED),
            known.unresolved + (outcome is Outcome.UNRESOLVED),
        )
        self._advance(outcome)
        if self.result is None and self.runs >= self._limits.runs:
            self._end(self._undecided(f"{self.runs} runs were not enough"))

    def guess_left(self) -> int:
        """About so many runs are still needed, as far as can be told."""
        return max(1, ceil(self._belief.find_doubt()) + 1) if self._belief else 1

    def guess_suspects(self) -> int:
        """About so many tests may still be the one that is looked for."""
        return round(2 ** self._belief.find_doubt()) if self._belief else len(self._everything)

    def tally(self, trial: Trial) -> Tally:
        """What was seen of it."""
        return self.tallies.get(trial, Tally())

    def _advance(self, outcome: Outcome | None) -> None:
        try:
            self.trial = next(self._play) if outcome is None else self._play.send(outcome)
        except StopIteration as end:
            self._end(end.value)
        except ArithmeticError:
            self._end(self._undecided("the outcomes contradict one another"))

    def _end(self, result: Result) -> None:
        self.trial, self.result = None, result

    # ------------------------------------------------------------ the road

    def _search(self) -> _Play:
        shown = yield from self._show()
        if shown is not None:
            return shown
        outcome = (yield ()) if self._everything else Outcome.FAILED
        found: list[Trial] | None = None
        if outcome is not Outcome.FAILED:
            found = yield from self._find_all(careful=True)
        if not found:  # it fails at times without them all, and that misled us
            if not self._everything or (yield from self._is_alike()):
                return self._make(State.FAILS_ALONE, ())
            found = yield from self._find_all(careful=False)
        if not found:
            return self._undecided("it fails alone, too, and behind no list clearly more often")
        needed, without = yield from self._leave_out(found)
        return self._make(State.FOUND, needed, without)

    def _find_all(self, *, careful: bool) -> Generator[Trial, Outcome, list[Trial] | None]:
        """The groups that are needed, the last first; None where a failure was one by chance.

        `careful`: what was seen to fail must do so again before more is built on it.
        """
        groups: list[Trial] = []
        self.pool, self._rates = self._everything, self._first_rates()
        while True:
            kept = tuple(sorted(place for group in groups for place in group))
            whole = _join(self.pool, kept)
            if groups and not self.tally(kept).failed:
                outcome = yield kept
                doubtful = careful and outcome is Outcome.PASSED and whole != kept
                if doubtful and not (yield from self._confirm(whole)):
                    return None
            none = _NONE_AFTERWARDS if groups else _NONE_AT_FIRST
            cuts = range(len(self.pool) + 1)
            group = yield from self._find(self.pool, kept, none, cuts, len(groups))
            if not group:
                sure = not careful or (yield from self._confirm(kept))
                return groups if sure else None
            groups.append(group)
            self.pool = tuple(place for place in self.pool if place < group[0])

    def _confirm(self, trial: Trial) -> Generator[Trial, Outcome, bool]:
        """True where it fails as often as the victim is thought to, or more often than alone."""
        rates = self._rates
        while self.tally(trial).failed < _TWICE and self.tally(trial).judged < _TO_COMPARE:
            if (yield trial) is Outcome.UNRESOLVED:
                return True
        seen = self.tally(trial)
        luck = sum(p * find_luck(seen.failed, seen.judged, rate) for rate, p in rates.items())
        if luck > _CHANCE:
            return True
        for each in (trial, ()):
            while self.tally(each).judged < _TO_COMPARE:
                if (yield each) is Outcome.UNRESOLVED:
                    return True
        seen, alone = self.tally(trial), self.tally(())
        return find_chance((seen.failed, seen.passed), (alone.failed, alone.passed)) <= _CHANCE

    def _first_rates(self) -> dict[float, float]:
        known = self._limits.rate
        return dict(RATES) if known is None else {known: 1.0}

    def _show(self) -> Generator[Trial, Outcome, Result | None]:
        """Run the whole order until the victim fails; the end, where it does not."""
        for _ in range(self._limits.tries):
            outcome = yield self._everything
            if outcome is Outcome.FAILED:
                return None
        tally = self.tally(self._everything)
        if tally.unresolved * 2 > self._limits.tries:
            return self._undecided("the whole order could not be judged")
        return self._make(State.NOT_SHOWN, None)

    def _is_alike(self) -> Generator[Trial, Outcome, bool]:
        """True where the victim fails alone about as often as in its order."""
        for trial in ((), self._everything):
            while self.tally(trial).judged < _TO_COMPARE:
                if (yield trial) is Outcome.UNRESOLVED:
                    break
            if trial == () and not self.tally(trial).passed:
                return True
        alone, whole = self.tally(()), self.tally(self._everything)
        # Not nothing: where it never failed alone, a failure was seen that nothing explains.
        self._alone_rate = (alone.failed + 1) / (alone.judged + 2)
        chance = find_chance((whole.failed, whole.passed), (alone.failed, alone.passed))
        return chance > _CHANCE

    def _find(
        self, pool: Trial, kept: Trial, none: float, lengths: Sequence[int], found: int
    ) -> Generator[Trial, Outcome, Trial]:
        """The last of `pool` that is needed beside `kept`; empty where none is.

        Where runs cannot tell some apart, all of these.
        """
        belief = self._belief = Belief(len(pool), self._rates, none, self._alone_rate)
        self._observe_known(belief, pool, kept)
        cuts, left = _Cuts(lengths), self._limits.error / 2 ** (found + 1)
        while True:
            low, high, mass = belief.find_group(cuts.open)
            sure = mass >= 1.0 - left
            seen = self.tally(_join(pool[:high], kept)).failed > 0
            if (sure and seen and not cuts.reopen(low, high)) or not cuts.open:
                break
            length = high if sure and high in cuts.open else belief.choose(cuts.open)
            outcome = yield _join(pool[:length], kept)
            if outcome is Outcome.UNRESOLVED:
                cuts.close(length)
            else:
                cuts.told.add(length)
                belief.observe(length, failed=outcome is Outcome.FAILED)
        self._rates = belief.find_rates()
        return pool[max(low, 0) : high]

    def _observe_known(self, belief: Belief, pool: Trial, kept: Trial) -> None:
        """What was kept so far has been run already; at first, the whole order and the victim."""
        lengths = {kept: 0} if kept else {(): 0, pool: len(pool)}
        for trial, length in lengths.items():
            tally = self.tally(trial)
            for failed, times in ((True, tally.failed), (False, tally.passed)):
                for _ in range(times):
                    belief.observe(length, failed=failed)

    def _leave_out(
        self, groups: list[Trial]
    ) -> Generator[Trial, Outcome, tuple[Trial, tuple[tuple[Trial, Tally], ...]]]:
        """Each group once more: one that was needed beside many may not be beside the few.

        The last that was found is: without it, what was kept has just passed.
        """
        needed = list(groups)
        for group in groups[:-1]:
            rest = tuple(sorted(place for g in needed if g != group for place in g))
            cuts = (0, len(group))
            if not (yield from self._find(group, rest, 0.5, cuts, len(groups))):
                needed.remove(group)
        kept = tuple(sorted(place for group in needed for place in group))
        without = [(g, tuple(place for place in kept if place not in g)) for g in sorted(needed)]
        return kept, tuple((group, self.tally(rest)) for group, rest in without)

    # ------------------------------------------------------------ the end

    def _undecided(self, reason: str) -> Result:
        failing = [trial for trial, tally in self.tallies.items() if tally.failed]
        return self._make(State.UNDECIDED, min(failing, key=len, default=None), reason=reason)

    def _make(
        self,
        state: State,
        needed: Trial | None,
        without: tuple[tuple[Trial, Tally], ...] = (),
        reason: str = "",
    ) -> Result:
        held = [t for trial, t in self.tallies.items() if set(needed or ()) <= set(trial)]
        return Result(
            state,
            needed,
            self.runs,
            tally=Tally() if needed is None else self.tally(needed),
            held=Tally(sum(t.failed for t in held), sum(t.passed for t in held)),
            alone=self.tally(()),
            whole=self.tally(self._everything),
            without=without,
            reason=reason,
        )


class _Cuts:
    """The lengths that may be run; those whose runs tell nothing are closed.

    Each is tried once more at the end, if it matters; after a few, all between those that told
    something are left alone: where one list hangs, its neighbours mostly do, too.
    """

    def __init__(self, lengths: Sequence[int]) -> None:
        self.open = list(lengths)
        self.told: set[int] = set()
        self._closed: list[int] = []

    def close(self, length: int) -> None:
        """A run of this length told nothing."""
        self.open.remove(length)
        self._closed.append(length)
        if len(self._closed) >= _MOST_UNRESOLVED:
            self.open = [length for length in self.open if length in self.told]

    def reopen(self, low: int, high: int) -> bool:
        """Try those between once more; False where there is none, or no more patience."""
        if len(self._closed) >= _MOST_UNRESOLVED:
            return False
        again = [n for n in range(low + 1, high) if self._closed.count(n) == 1]
        self.open = sorted({*self.open, *again})
        return bool(again)


def _join(first: Trial, second: Trial) -> Trial:
    return tuple(sorted({*first, *second}))
