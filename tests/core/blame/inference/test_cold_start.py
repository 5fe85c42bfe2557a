"""Blame by the plain rule, told as incident reports: too few builds are known for beliefs."""

from dataclasses import replace
from datetime import timedelta

from bot.core.blame import advance, extend, new_state
from bot.core.model import Fix, IncidentState, Kind, RegressionRange, ScheduledBy, Verdict
from bot.core.model.build_results import Result
from tests.support.make_observations import (
    LATE,
    SSL,
    START,
    make_line,
    make_observation,
    make_signature,
    make_story,
    sha,
)

SLOW, FAST, THIRD = "ARM64 Debian", "AMD64 Fedora", "s390x RHEL"


ZIP = "test_zip.test_write"


THREE = (("a", 100), ("b", 101), ("c", 102), ("d", 103))


def test_the_middle_of_three_pulls() -> None:
    """A batch names nobody; a builder that built between them leaves the second."""
    story = make_story(*THREE)
    story.green(SLOW, "a")
    story.green(FAST, "b")
    story.red(SLOW, "d")
    assert (story.only().verdict, story.only().pull) == (Verdict.UNKNOWN, None)
    story.red(FAST, "c")
    incident = story.only()
    assert (incident.verdict, incident.pull) == (Verdict.SUSPECTED, 102)
    assert incident.range == RegressionRange(sha("b"), sha("c"))
    assert incident.builders == (FAST, SLOW)
    assert incident.state is IncidentState.OPEN
    assert incident.suspects[0].sha == sha("c")


def test_one_failure_is_not_enough() -> None:
    """A single red build is as often a flake as a regression."""
    story = make_story(*THREE)
    story.green(FAST, "a")
    story.red(FAST, "b")
    incident = story.only()
    assert incident.verdict is Verdict.UNKNOWN
    assert incident.awaited


def test_a_rebuild_of_the_same_commit_is_a_second_failure() -> None:
    story = make_story(*THREE)
    story.green(FAST, "a")
    story.red(FAST, "b")
    story.red(FAST, "b", scheduled_by=ScheduledBy.REBUILD)
    assert story.only().pull == 101


def test_a_rebuild_that_passes_is_a_flake() -> None:
    """Red and green at one commit: no pull did that."""
    story = make_story(*THREE)
    story.green(FAST, "a")
    story.red(FAST, "b")
    story.red(FAST, "c")
    story.green(FAST, "b", scheduled_by=ScheduledBy.FORCE)
    assert story.only().pull is None


def test_passed_on_rerun_elsewhere_is_a_flake() -> None:
    """Another builder saw the test fail and pass within one build before the range."""
    story = make_story(*THREE)
    story.green(THIRD, "a", flaked=[SSL])
    story.green(FAST, "a")
    story.red(FAST, "b")
    story.red(FAST, "c")
    assert story.only().verdict is Verdict.FLAKY


def test_seen_on_older_commits() -> None:
    """It failed once on an older commit, with green since: the new red is no news."""
    story = make_story(*THREE)
    story.green(FAST, "a", minute=1)
    story.red(THIRD, "a", stable=False)
    story.green(THIRD, "b", stable=False)
    story.green(FAST, "b")
    story.red(FAST, "c")
    story.red(FAST, "d")
    incident = story.only()
    assert (incident.verdict, incident.pull) == (Verdict.FLAKY, None)


def test_not_fixed_after_all() -> None:
    """One of the two builders that showed it is still red: it is not fixed."""
    story = make_story(("a", 1), ("b", 2), ("c", 3), ("d", 4))
    story.green(FAST, "a")
    story.red(FAST, "b")
    story.red(SLOW, "b")
    story.green(FAST, "c")
    assert story.only().state is IncidentState.OPEN
    story.green(SLOW, "d")
    incident = story.only()
    assert incident.state is IncidentState.FIXED
    assert incident.fix == Fix(RegressionRange(sha("b"), sha("c")), pull=3, sha=sha("c"))


def test_a_range_of_two_fixes_names_nobody() -> None:
    story = make_story(("a", 1), ("b", 2), ("c", 3), ("d", 4))
    story.green(FAST, "a")
    story.red(FAST, "b")
    story.red(FAST, "b")
    story.green(FAST, "d")
    assert story.only().fix == Fix(RegressionRange(sha("b"), sha("d")), pull=None)


def test_fixed_twice_over() -> None:
    """Two builders got green by different commits: the fix is the one that came last."""
    story = make_story(("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5))
    story.green(FAST, "a")
    story.red(FAST, "b")
    story.red(SLOW, "b")
    story.green(FAST, "c")
    story.red(SLOW, "d")
    story.green(SLOW, "e")
    assert story.only().fix == Fix(RegressionRange(sha("d"), sha("e")), pull=5, sha=sha("e"))


def test_one_pull_of_several_commits() -> None:
    """A pull merged by rebase has several commits in the range, and is still the only one."""
    story = make_story(("a", 1), ("b", 2), ("c", 2), ("d", 2))
    story.green(FAST, "a")
    story.red(FAST, "d")
    story.red(FAST, "d")
    assert story.only().pull == 2


def test_a_direct_push_in_the_range() -> None:
    """Nobody can be told of a commit without a pull, and its neighbour must not be told either."""
    story = make_story(("a", 1), ("b", 2), ("c", None))
    story.green(FAST, "a")
    story.red(FAST, "c")
    story.red(FAST, "c")
    incident = story.only()
    assert (incident.verdict, incident.pull) == (Verdict.UNKNOWN, None)


def test_red_for_something_else_already() -> None:
    """A builder that is always red for A still has its own range for B."""
    story = make_story(*THREE)
    story.red(FAST, "a", ZIP)
    story.red(FAST, "b", ZIP)
    story.red(FAST, "c", ZIP, SSL)
    story.red(FAST, "d", ZIP, SSL)
    old, new = story.state().incidents
    assert (old.verdict, old.signatures[0].site) == (Verdict.OLD, ZIP)
    assert (new.pull, new.signatures[0].site) == (102, SSL)


def test_an_aborted_build_clears_nobody() -> None:
    """The suite stopped before the test: the older green is still the last good one."""
    story = make_story(*THREE)
    story.green(FAST, "a")
    story.red(FAST, "b", ZIP, complete=False)
    story.red(FAST, "c")
    story.red(FAST, "d")
    assert len(story.state().incidents[-1].suspects) == 2


def test_exceptions_neither_start_nor_end() -> None:
    story = make_story(*THREE)
    story.green(FAST, "a")
    story.red(FAST, "b", result=Result.RETRY)
    story.green(FAST, "b", result=Result.EXCEPTION, ran=False)
    assert story.state().incidents == ()
    story.red(FAST, "c")
    story.green(FAST, "d", result=Result.CANCELLED)
    assert story.only().state is IncidentState.OPEN


def test_unstable_builders_open_nothing_but_are_evidence() -> None:
    story = make_story(*THREE)
    story.green(SLOW, "a")
    story.green(FAST, "b", stable=False)
    story.red(FAST, "c", stable=False)
    story.red(FAST, "d", stable=False)
    assert story.state().incidents == ()
    story.red(SLOW, "d")
    assert story.only().pull == 102


def test_builds_out_of_order() -> None:
    """A forced build of an older commit finishes last and still narrows the range."""
    story = make_story(*THREE)
    story.green(FAST, "a")
    story.red(FAST, "d")
    story.red(FAST, "c", scheduled_by=ScheduledBy.FORCE)
    story.green(FAST, "b", scheduled_by=ScheduledBy.FORCE)
    assert story.only().pull == 102


def test_no_last_good() -> None:
    """It was red when we first looked: that is nobody's news."""
    story = make_story(*THREE)
    story.red(FAST, "a")
    story.red(FAST, "b")
    assert (story.only().verdict, story.only().pull) == (Verdict.OLD, None)


def test_after_a_gap_the_plain_rule_is_silent() -> None:
    """Commits are missing: the fleet has a past, we only cannot see which tests are flaky."""
    story = make_story(*THREE)
    story.green(FAST, "a")
    story.red(FAST, "b")
    story.red(FAST, "c")
    assert story.only().pull == 101
    story.line = replace(story.line, epoch=2)
    assert story.only().pull is None


def test_a_failure_that_nobody_mends_stays_cheap() -> None:
    """Red three hundred times: its first and last builds are known, not every one."""
    story = make_story(*THREE, past=[FAST])
    story.green(FAST, "a")
    for _ in range(300):
        story.red(FAST, "b")
    incident = story.only()
    assert incident.pull == 101
    assert len(incident.red_builds) < 100
    assert incident.range == RegressionRange(sha("a"), sha("b"))


def test_the_machine_is_never_a_pull() -> None:
    full = make_signature("disk", "No space left on device", Kind.INFRA)
    story = make_story(*THREE)
    story.green(FAST, "a")
    story.red(FAST, "b", full)
    story.red(FAST, "b", full)
    assert story.only().verdict is Verdict.ENVIRONMENT


def test_many_tests_of_one_cause_are_one_incident() -> None:
    story = make_story(*THREE)
    story.green(FAST, "a")
    story.red(FAST, "b", SSL, ZIP)
    story.red(SLOW, "b", SSL, ZIP)
    assert [s.site for s in story.only().signatures] == [SSL, ZIP]


def test_two_culprits_in_one_batch_are_told_apart() -> None:
    story = make_story(*THREE)
    story.green(SLOW, "a")
    story.green(FAST, "a")
    story.red(SLOW, "d", SSL, ZIP)
    story.red(FAST, "b", SSL)
    story.red(FAST, "c", SSL)
    story.red(FAST, "d", SSL, ZIP)
    assert {i.signatures[0].site: i.pull for i in story.state().incidents} == {SSL: 101, ZIP: 103}


def test_a_force_push_closes_what_it_took_away() -> None:
    """The suspects are gone from the branch; the incident must not stand open for ever."""
    story = make_story(*THREE)
    story.green(FAST, "a")
    story.red(FAST, "b")
    story.red(FAST, "c")
    state = extend(story.state(), make_line(("a", 100), ("x", 200), epoch=2))
    (incident,) = advance(state, (), LATE).incidents
    assert incident.state is IncidentState.CLOSED
    assert "force-pushed" in incident.reason


def test_a_force_push_leaves_what_was_over() -> None:
    story = make_story(*THREE)
    story.green(FAST, "a")
    story.red(FAST, "b")
    story.green(FAST, "c")
    state = extend(story.state(), make_line(("x", 200), epoch=2))
    assert advance(state, (), LATE).incidents == story.state().incidents


def test_a_stale_line_is_ignored() -> None:
    """A slow answer from before the force push must not bring the old commits back."""
    state = extend(new_state("main"), make_line(*THREE, epoch=2))
    assert extend(state, make_line(*THREE, epoch=1)) is state


def test_a_force_push_of_later_commits_keeps_the_incident() -> None:
    story = make_story(*THREE, past=[FAST])
    story.green(FAST, "a")
    story.red(FAST, "b")
    story.red(FAST, "b")
    state = extend(story.state(), make_line(("a", 100), ("b", 101), ("x", 200), epoch=2))
    assert advance(state, (), LATE).incidents == story.state().incidents


def test_builds_of_unknown_commits_wait() -> None:
    """The webhook of a build may come before we have read the branch."""
    story = make_story(*THREE)
    story.green(FAST, "a")
    story.red(FAST, "b")
    story.red(FAST, "c")
    early = advance(new_state("main"), story.builds, LATE)
    assert early.incidents == ()
    late = advance(extend(early, story.line), (), LATE)
    assert late == story.state()


def test_a_retired_builder_does_not_keep_it_open() -> None:
    story = make_story(*THREE)
    story.green(FAST, "a")
    story.red(FAST, "b")
    assert story.only(START + timedelta(days=13)).state is IncidentState.OPEN
    assert story.only(START + timedelta(days=15)).state is IncidentState.CLOSED


def test_a_second_reading_replaces_the_first() -> None:
    """The log was read again, and better: the old reading leaves no trace."""
    line = make_line(*THREE)
    state = extend(new_state("main"), line)
    state = advance(state, [make_observation(1, FAST, "a", [ZIP])], LATE)
    state = advance(state, [make_observation(1, FAST, "a", [SSL])], LATE)
    assert [s.site for i in state.incidents for s in i.signatures] == [SSL]


def test_another_branch_is_left_out() -> None:
    state = extend(new_state("3.12"), make_line(*THREE))
    assert advance(state, [make_observation(1, FAST, "a", [ZIP])], LATE).observations == ()


def test_an_empty_range_accuses_nobody() -> None:
    """It passed at the very commit at which it fails: no commit lies between."""
    story = make_story(*THREE)
    story.green(FAST, "b")
    story.red(FAST, "b")
    story.red(FAST, "b")
    incident = story.only()
    assert incident.pull is None
    assert incident.reason


def test_a_force_push_leaves_no_range_to_blame() -> None:
    """What the branch was before tells nothing of the commits that replaced it."""
    story = make_story(*THREE)
    story.green(FAST, "a")
    story.red(FAST, "b")
    story.red(FAST, "c")
    pushed = make_line(("d", 104), ("e", 105), epoch=2)
    state = extend(story.state(), pushed)
    (left,) = state.incidents
    assert (left.state, left.awaited) == (IncidentState.CLOSED, ())
    assert "force-pushed" in left.reason
    later = [make_observation(n, FAST, "d", [SSL]) for n in (50, 51)]
    found = [i for i in advance(state, later, LATE).incidents if i.id != left.id]
    assert [i.pull for i in found] == [None]
    assert found[0].reason
