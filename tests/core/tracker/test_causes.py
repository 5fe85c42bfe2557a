"""What fails alike is one cause, on every branch; and whose turn it is for an issue."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.model import FlakeRecord, IncidentState, Kind, Verdict
from bot.core.model.tracker import TrackedCause
from bot.core.tracker.causes import (
    assign_causes,
    find_markers,
    is_candidate,
    make_marker,
    may_file_unasked,
)
from tests.support.make_issues import make_red
from tests.support.make_stored import MOMENT

SSL = "test.test_ssl.BasicTests.test_basic"
DAY = timedelta(hours=24)


def test_two_branches_that_fail_alike_are_one_cause() -> None:
    here, there = make_red(SSL), make_red(SSL, "41 != 43", branch="3.14", ident="other")
    (cause,) = assign_causes([here, there], (), 1)
    assert set(cause.incidents) == {here.id, there.id}


def test_another_test_another_kind_and_another_machine_are_others() -> None:
    reds = [
        make_red(SSL, ident="a"),
        make_red("test.test_os.T.test_x", ident="b"),
        make_red(SSL, kind=Kind.TIMEOUT, ident="c"),
        make_red(SSL, verdict=Verdict.ENVIRONMENT, ident="d"),
        make_red(SSL, verdict=Verdict.ENVIRONMENT, builders=("s390x",), ident="e"),
        make_red("Modules/_ssl.c", "no such file", kind=Kind.COMPILE_ERROR, ident="f"),
        make_red("Modules/_ssl.c", "undeclared", kind=Kind.COMPILE_ERROR, ident="g"),
    ]
    assert len(assign_causes(reds, (), 1)) == 7


def test_a_broken_build_is_not_told_in_the_issue_of_one_of_its_tests() -> None:
    one = make_red(SSL)
    known = assign_causes([one], (), 1)
    tests = [make_red(f"test.test_{n}.T.test_x").signatures[0] for n in range(9)]
    broken = make_red(SSL, ident="all", hours=1)
    many = replace(broken, signatures=(*broken.signatures, *tests))
    assert len(assign_causes([many], known, 1)) == 2


def test_an_incident_stays_where_it_is_whatever_it_becomes() -> None:
    known = assign_causes([make_red(SSL)], (), 1)
    changed = make_red("test.test_os.T.test_y", verdict=Verdict.ENVIRONMENT)
    assert assign_causes([changed], known, 1) == known


def test_an_incident_that_names_nothing_is_a_cause_of_its_own() -> None:
    (cause,) = assign_causes([make_red(SSL, signatures=())], (), 1)
    assert cause == TrackedCause(1, "0a1b2c3d4e5f", (), ("0a1b2c3d4e5f",))


@pytest.mark.parametrize("verdict", [Verdict.SUSPECTED, Verdict.CONFIRMED])
def test_one_pulls_regression_is_no_issue(verdict: Verdict) -> None:
    assert not is_candidate(make_red(SSL, verdict=verdict), MOMENT + 9 * DAY, DAY)


def test_what_nobody_knows_is_one_after_a_day_and_what_is_over_never() -> None:
    unknown = make_red(SSL, verdict=Verdict.UNKNOWN)
    assert not is_candidate(unknown, MOMENT + timedelta(hours=23), DAY)
    assert is_candidate(unknown, MOMENT + DAY, DAY)
    over = make_red(SSL, state=IncidentState.FIXED)
    assert not is_candidate(over, MOMENT + 9 * DAY, DAY)


def test_unasked_a_flake_is_filed_at_the_second_time_and_the_rest_when_it_lasts() -> None:
    early, late = MOMENT - DAY, MOMENT + DAY
    once = make_red(SSL)
    assert not may_file_unasked([once], early, late, DAY)
    assert may_file_unasked([make_red(SSL, record=FlakeRecord(2, 40))], early, late, DAY)
    old = make_red(SSL, verdict=Verdict.OLD)
    assert not may_file_unasked([old], early, MOMENT, DAY)
    assert may_file_unasked([old], early, late, DAY)
    assert not may_file_unasked([old], MOMENT, late, DAY), "it was red before"


def test_markers_are_one_word_and_compared_exactly() -> None:
    marker = make_marker(1, "cause")
    assert marker.isalnum()
    assert marker != make_marker(2, "cause")
    assert marker in find_markers(f"<sub>{marker}</sub>\n")
    assert marker not in find_markers(f"{marker}0")
    assert find_markers("nightswatch found it") == frozenset()
