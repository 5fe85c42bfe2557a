"""From one fold to the next no accusation vanishes, and nothing that is over is taken back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core.incidents.continuity import (
    find_changes,
    find_settled,
    find_shown_pulls,
    keep_identity,
)
from bot.core.model import (
    BranchCommits,
    Commit,
    Incident,
    IncidentState,
    Kind,
    Occurrence,
    RegressionRange,
    Signature,
    Suspect,
    Verdict,
)
from tests.support.make_observations import make_observation
from tests.support.refs import ref, refs

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=365)
GOOD, BAD = "a" * 40, "b" * 40
SSL = Signature("main", "regrtest", Kind.TEST_FAILURE, "test.test_ssl", "41 != 42")


def make_line(*shas: str) -> BranchCommits:
    commits = tuple(Commit(sha, None, NOON, "Change", None, 101) for sha in shas)
    return BranchCommits(epoch=1, base=0, commits=commits)


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
        first_red_build=ref(2),
        red_builds=refs(2, 3),
        pull=101,
        confidence=0.95,
    )
    return replace(incident, **changes)  # type: ignore[arg-type] # a test names what differs


def test_what_is_folded_stands() -> None:
    incident = make_incident()
    assert keep_identity((), (incident,), LINE, LONG_AGO) == (incident,)
    assert keep_identity((incident,), (incident,), LINE, LONG_AGO) == (incident,)


def test_an_accusation_that_a_refold_does_not_know_is_withdrawn_in_words() -> None:
    (left,) = keep_identity((make_incident(),), (), LINE, LONG_AGO)
    assert left.state is IncidentState.WITHDRAWN
    assert left.pull is None
    assert find_changes((make_incident(),), (left,)).pulls == (101,)


def test_what_nobody_was_told_of_goes_without_a_word() -> None:
    incident = make_incident(pull=None, verdict=Verdict.UNKNOWN)
    assert keep_identity((incident,), (), LINE, LONG_AGO) == ()


def test_what_is_over_is_not_taken_back_by_a_restart() -> None:
    """After a force push and a restart the fold does not know the old commits any more."""
    for state in (IncidentState.FIXED, IncidentState.CLOSED, IncidentState.WITHDRAWN):
        over = make_incident(state=state)
        assert keep_identity((over,), (), make_line("c" * 40), LONG_AGO) == (over,)


def test_a_force_push_closes_what_it_took_away() -> None:
    (left,) = keep_identity((make_incident(),), (), make_line("c" * 40), LONG_AGO)
    assert left.state is IncidentState.CLOSED
    assert left.pull == 101


def test_what_is_over_for_long_is_final() -> None:
    """A fold that no longer sees the last green build would call it old."""
    fixed = make_incident(state=IncidentState.FIXED)
    rejudged = make_incident(verdict=Verdict.OLD, pull=None, state=IncidentState.FIXED)
    assert keep_identity((fixed,), (rejudged,), LINE, NOON + timedelta(days=1)) == (fixed,)
    assert keep_identity((fixed,), (rejudged,), LINE, LONG_AGO) == (rejudged,)


def test_a_build_that_came_late_does_not_change_the_name() -> None:
    """The comment was made under the old name; under a new one it would never be closed."""
    told = make_incident()
    earlier = make_incident(id="two", first_red_build=ref(1), red_builds=refs(1, 2, 3))
    (heir,) = keep_identity((told,), (earlier,), LINE, LONG_AGO)
    assert heir == replace(earlier, id="one")
    assert keep_identity((heir,), (earlier,), LINE, LONG_AGO) == (heir,)


def test_another_failure_is_no_heir() -> None:
    told = make_incident()
    other = make_incident(id="two", signatures=(replace(SSL, site="test.test_os"),))
    assert {i.id for i in keep_identity((told,), (other,), LINE, LONG_AGO)} == {"one", "two"}
    later = make_incident(id="two", red_builds=refs(8, 9))
    assert {i.id for i in keep_identity((told,), (later,), LINE, LONG_AGO)} == {"one", "two"}


def test_of_a_long_failure_not_every_red_build_is_known() -> None:
    """Some in the middle are left out as it grows: that takes nothing back from its pull."""
    part = make_incident(red_builds=refs(2, 3, 70, 90))
    whole = make_incident(id="zero", first_red_build=ref(1), red_builds=refs(1, 2, 3, 90, 95))
    known = make_incident(id="zero", first_red_build=ref(1), red_builds=refs(1))
    after = keep_identity((known, part), (whole,), LINE, LONG_AGO)
    assert [i.id for i in after] == ["zero"]


def test_a_build_that_is_left_out_still_showed_it() -> None:
    incident = make_incident(closed_at=NOON + timedelta(hours=9))
    seen, again = (Occurrence(SSL),), (Occurrence(SSL, passed_on_rerun=True),)
    hour = timedelta(hours=1)
    assert incident.is_shown_by(ref(2), NOON, ())
    assert incident.is_shown_by(ref(50), NOON + hour, seen)
    assert not incident.is_shown_by(ref(50), NOON + hour, again)
    assert not incident.is_shown_by(ref(50), NOON - hour, seen)
    assert not incident.is_shown_by(ref(50), NOON + 10 * hour, seen)


# ---------------------------------------------------------------- what is over, in a new version


def test_what_was_over_is_not_judged_anew_by_another_version() -> None:
    """After an upgrade the same builds were believed otherwise, and old comments were edited."""
    fixed = make_incident(state=IncidentState.FIXED)
    rejudged = replace(fixed, verdict=Verdict.FLAKY, pull=None)
    settled = find_settled((fixed,), (rejudged,))
    assert keep_identity((fixed,), (rejudged,), LINE, LONG_AGO, settled) == (fixed,)


def test_what_is_known_since_is_news_all_the_same() -> None:
    """A build came in late: what the fold makes of it now is not what it made at the start."""
    fixed = make_incident(state=IncidentState.FIXED)
    rejudged = replace(fixed, verdict=Verdict.FLAKY, pull=None)
    settled = find_settled((fixed,), (rejudged,))
    red_again = replace(rejudged, state=IncidentState.OPEN)
    assert keep_identity((fixed,), (red_again,), LINE, LONG_AGO, settled) == (red_again,)


def test_a_red_build_that_nobody_folded_before_the_restart_is_news() -> None:
    """It was saved, and the service was killed before it folded it."""
    fixed = make_incident(state=IncidentState.FIXED)
    red_again = replace(fixed, state=IncidentState.OPEN, red_builds=(*fixed.red_builds, ref(99)))
    settled = find_settled((fixed,), (red_again,))
    assert keep_identity((fixed,), (red_again,), LINE, LONG_AGO, settled) == (red_again,)


def test_what_is_open_is_judged_by_the_newest_version() -> None:
    open_ = make_incident()
    rejudged = replace(open_, verdict=Verdict.CONFIRMED)
    assert find_settled((open_,), (rejudged,)) == {}


# ---------------------------------------------------------------- whose table shows a new build


def test_a_build_of_a_shown_commit_concerns_its_pull() -> None:
    incident = make_incident(suspects=(Suspect(BAD, 101, 0.9),), builders=("AMD64 Debian",))
    here = make_observation(9, "AMD64 Debian", "b")
    assert find_shown_pulls((incident,), (here,)) == {101}
    assert find_shown_pulls((incident,), (replace(here, builder="s390x"),)) == frozenset()
    assert find_shown_pulls((incident,), (replace(here, revision="f" * 40),)) == frozenset()
    assert find_shown_pulls((replace(incident, state=IncidentState.FIXED),), (here,)) == set()
    assert find_shown_pulls((replace(incident, pull=None),), (here,)) == frozenset()
    assert find_shown_pulls((incident,), ()) == frozenset()


def test_the_same_number_at_another_source_is_another_build() -> None:
    """Two masters count from one each: their builds are not one incident's."""
    known = make_incident(id="one")
    alike = make_incident(
        id="two",
        first_red_build=ref(2, "other"),
        red_builds=(ref(2, "other"), ref(3, "other")),
    )
    after = keep_identity((known,), (alike,), LINE, LONG_AGO)
    assert "two" in {incident.id for incident in after}
    assert not known.is_shown_by(ref(2, "other"), NOON - timedelta(days=9), ())
