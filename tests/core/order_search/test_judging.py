"""What a run says of the victim: by its own verdict, by the exit status, by the clock."""

import pytest

from bot.core.log_reading import Failure, Kind, Reading, TestRun
from bot.core.order_search.judging import Basis, Run, find_basis, judge
from bot.core.order_search.model import Outcome

VICTIM = "test_m.T.test_victim"


def make_run(
    status: int | None,
    *failed: str,
    kind: Kind = Kind.UNKNOWN,
    complete: bool = True,
    tail: str = "",
) -> Run:
    failures = tuple(Failure("unittest", Kind.TEST_FAILURE, test, "m") for test in failed)
    runs = (TestRun("unittest", complete),) if failed else ()
    return Run(status, 1.0, Reading(kind, failures, runs=runs), tail)


@pytest.mark.parametrize(
    ("run", "basis"),
    [
        (make_run(0), None),
        (make_run(1), Basis.STATUS),
        (make_run(1, VICTIM), Basis.TEST),
        (make_run(1, "test_m.T.test_other"), Basis.TEST),
        (make_run(0, VICTIM), Basis.TEST),
        (make_run(None), Basis.TIME),
        (make_run(125), None),
        (make_run(127), None),
        (make_run(2, tail="usage: run [-h]\nrun: error: no"), None),
        (make_run(4, kind=Kind.CONFIG_ERROR), None),
    ],
)
def test_the_first_red_run_tells_by_what_all_are_judged(run: Run, basis: Basis | None) -> None:
    assert find_basis(run, VICTIM) == basis


@pytest.mark.parametrize(
    ("run", "basis", "outcome"),
    [
        (make_run(1, VICTIM), Basis.TEST, Outcome.FAILED),
        (make_run(1, f"{VICTIM}[part]"), Basis.TEST, Outcome.FAILED),
        # Another one fails, and the victim was reached.
        (make_run(1, "test_m.T.test_other"), Basis.TEST, Outcome.PASSED),
        (make_run(1, "test_m.T.test_other", complete=False), Basis.TEST, Outcome.UNRESOLVED),
        (make_run(1), Basis.TEST, Outcome.UNRESOLVED),
        (make_run(0), Basis.TEST, Outcome.PASSED),
        (make_run(0), None, Outcome.PASSED),
        (make_run(5, kind=Kind.NO_TESTS), Basis.STATUS, Outcome.UNRESOLVED),
        (make_run(3), Basis.STATUS, Outcome.FAILED),
        (make_run(125), Basis.STATUS, Outcome.UNRESOLVED),
        (make_run(None), Basis.STATUS, Outcome.UNRESOLVED),
        (make_run(None, VICTIM), Basis.TEST, Outcome.UNRESOLVED),
        (make_run(None), Basis.TIME, Outcome.FAILED),
        (make_run(1, VICTIM), Basis.TIME, Outcome.PASSED),
        (make_run(127), Basis.TIME, Outcome.UNRESOLVED),
    ],
)
def test_a_run_is_judged_by_the_victim(run: Run, basis: Basis | None, outcome: Outcome) -> None:
    assert judge(run, VICTIM, basis) is outcome
