"""From one fold to the next no accusation vanishes, and nothing that is over is taken back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core.carry_over import carry_over, find_changes
from bot.core.model import (
    Commit,
    Incident,
    IncidentState,
    Kind,
    Line,
    RegressionRange,
    Sighting,
    Signature,
    Verdict,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=365)
GOOD, BAD = "a" * 40, "b" * 40
SSL = Signature("main", "regrtest", Kind.TEST_FAILURE, "test.test_ssl", "41 != 42")


def make_line(*shas: str) -> Line:
    commits = tuple(Commit(sha, None, NOON, "Change", None, 101) for sha in shas)
    return Line(epoch=1, base=0, commits=commits)


LINE = make_line(GOOD, BAD)


def make_incident(**changes: object) -> Incident:
    incident = Incident(
        id="one",
        branch="main",
        signatures=(SSL,),
        builders=("AMD64 Debian",),
        verdict=Verdict.SUSPECTED,
        state=IncidentState.OPEN,
        range=RegressionRange(GOOD, BAD),
        ranges=(),
        suspects=(),
        opened_at=NOON,
        first_red_build=2,
        red_builds=(2, 3),
        pull=101,
        confidence=0.95,
    )
    return replace(incident, **changes)  # type: ignore[arg-type] # a test names what differs


def test_what_is_folded_stands() -> None:
    incident = make_incident()
    assert carry_over((), (incident,), LINE, LONG_AGO) == (incident,)
    assert carry_over((incident,), (incident,), LINE, LONG_AGO) == (incident,)


def test_an_accusation_that_a_refold_does_not_know_is_withdrawn_in_words() -> None:
    (left,) = carry_over((make_incident(),), (), LINE, LONG_AGO)
    assert left.state is IncidentState.WITHDRAWN
    assert left.pull is None
    assert find_changes((make_incident(),), (left,)).pulls == (101,)


def test_what_nobody_was_told_of_goes_without_a_word() -> None:
    incident = make_incident(pull=None, verdict=Verdict.UNKNOWN)
    assert carry_over((incident,), (), LINE, LONG_AGO) == ()


def test_what_is_over_is_not_taken_back_by_a_restart() -> None:
    """After a force push and a restart the fold does not know the old commits any more."""
    for state in (IncidentState.FIXED, IncidentState.CLOSED, IncidentState.WITHDRAWN):
        over = make_incident(state=state)
        assert carry_over((over,), (), make_line("c" * 40), LONG_AGO) == (over,)


def test_a_force_push_closes_what_it_took_away() -> None:
    (left,) = carry_over((make_incident(),), (), make_line("c" * 40), LONG_AGO)
    assert left.state is IncidentState.CLOSED
    assert left.pull == 101


def test_what_is_over_for_long_is_final() -> None:
    """A fold that no longer sees the last green build would call it old."""
    fixed = make_incident(state=IncidentState.FIXED)
    rejudged = make_incident(verdict=Verdict.OLD, pull=None, state=IncidentState.FIXED)
    assert carry_over((fixed,), (rejudged,), LINE, NOON + timedelta(days=1)) == (fixed,)
    assert carry_over((fixed,), (rejudged,), LINE, LONG_AGO) == (rejudged,)


def test_a_build_that_came_late_does_not_change_the_name() -> None:
    """The comment was made under the old name; under a new one it would never be closed."""
    told = make_incident()
    earlier = make_incident(id="two", first_red_build=1, red_builds=(1, 2, 3))
    (heir,) = carry_over((told,), (earlier,), LINE, LONG_AGO)
    assert heir == replace(earlier, id="one")
    assert carry_over((heir,), (earlier,), LINE, LONG_AGO) == (heir,)


def test_another_failure_is_no_heir() -> None:
    told = make_incident()
    other = make_incident(id="two", signatures=(replace(SSL, site="test.test_os"),))
    assert {i.id for i in carry_over((told,), (other,), LINE, LONG_AGO)} == {"one", "two"}
    later = make_incident(id="two", red_builds=(8, 9))
    assert {i.id for i in carry_over((told,), (later,), LINE, LONG_AGO)} == {"one", "two"}


def test_of_a_long_failure_not_every_red_build_is_known() -> None:
    """Some in the middle are left out as it grows: that takes nothing back from its pull."""
    part = make_incident(red_builds=(2, 3, 70, 90))
    whole = make_incident(id="zero", first_red_build=1, red_builds=(1, 2, 3, 90, 95))
    known = make_incident(id="zero", first_red_build=1, red_builds=(1,))
    after = carry_over((known, part), (whole,), LINE, LONG_AGO)
    assert [i.id for i in after] == ["zero"]


def test_a_build_that_is_left_out_still_showed_it() -> None:
    incident = make_incident(closed_at=NOON + timedelta(hours=9))
    seen, again = (Sighting(SSL),), (Sighting(SSL, passed_on_rerun=True),)
    hour = timedelta(hours=1)
    assert incident.is_shown_by(2, NOON, ())
    assert incident.is_shown_by(50, NOON + hour, seen)
    assert not incident.is_shown_by(50, NOON + hour, again)
    assert not incident.is_shown_by(50, NOON - hour, seen)
    assert not incident.is_shown_by(50, NOON + 10 * hour, seen)
