"""What one run of a command says of the victim.

Any other test may fail as well, or the command itself: the exit status alone would take that for
the failure that is looked for. So the victim's own verdict counts where the output names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.core.log_reading import Kind, Reading, is_inside
from bot.core.order_search.model import Outcome
from bot.core.patterns import late

# As `git bisect run` has it: this one cannot be tested.
_CANNOT_TELL = 125
_USAGE = late(r"(?m)^[Uu]sage: ")
_NOTHING_RAN = frozenset({Kind.CONFIG_ERROR, Kind.NO_TESTS})


class Basis(StrEnum):
    """By what a run is judged; the first run that is no pass tells."""

    TEST = "test"  # the output names the tests that failed
    STATUS = "status"  # only the exit status tells
    TIME = "time"  # the failure is that it never ends


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command; `status` is None where it was out of time and was ended."""

    status: int | None
    seconds: float
    reading: Reading
    tail: str = ""  # the end of what it printed

    @property
    def ran_nothing(self) -> bool:
        """True for a command that does not work: a wrong option, no such test or program."""
        wrong = bool(self.status) and not self.reading.tests and bool(_USAGE.search(self.tail))
        return wrong or self.reading.kind in _NOTHING_RAN or self.status in {126, 127}


def find_basis(run: Run, victim: str) -> Basis | None:
    """By what the runs after this one are judged, too; None where it passed, or ran nothing."""
    if run.status is None:
        return Basis.TIME
    if run.status in {0, _CANNOT_TELL} or run.ran_nothing:
        return Basis.TEST if fails(run.reading, victim) else None
    return Basis.TEST if run.reading.tests else Basis.STATUS


def judge(run: Run, victim: str, basis: Basis | None) -> Outcome:
    """The outcome; None as the basis: no run has failed yet."""
    if basis is Basis.TIME:
        return Outcome.FAILED if run.status is None else _judge_end(run, Outcome.PASSED)
    if run.status is None:
        return Outcome.UNRESOLVED
    if basis is Basis.STATUS:
        return _judge_end(run, Outcome.FAILED)
    if fails(run.reading, victim):
        return Outcome.FAILED
    reached = run.reading.runs and all(r.reached(victim) for r in run.reading.runs)
    others = bool(run.reading.tests)
    return _judge_end(run, Outcome.PASSED if reached and others else Outcome.UNRESOLVED)


def fails(reading: Reading, victim: str) -> bool:
    """True when the output says that the victim, or a test in it, failed, also if only at first."""
    return any(f.test and is_inside(f.test, victim) for f in reading.failures)


def _judge_end(run: Run, red: Outcome) -> Outcome:
    """By the exit status; `red` is what one of a failure means."""
    if run.ran_nothing or run.status == _CANNOT_TELL:
        return Outcome.UNRESOLVED
    return Outcome.PASSED if run.status == 0 else red
