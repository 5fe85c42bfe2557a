"""Blame in a fleet with a past, told as incident reports."""

from dataclasses import replace

import pytest

from bot.core.model import Fix, IncidentState, Kind, RegressionRange, Verdict
from bot.core.policy.thresholds import DEFAULT_POLICY
from tests.support.make_observations import SSL, Story, make_signature, make_story, sha

SLOW, FAST, THIRD = "ARM64 Debian", "AMD64 Fedora", "s390x RHEL"
FLEET = (SLOW, FAST, THIRD)
ZIP = "test_zip.test_write"
SIX = (("a", 100), ("b", 101), ("c", 102), ("d", 103), ("e", 104), ("f", 105))


def tell() -> Story:
    """Three builders that were green for a while at the first of six commits."""
    return make_story(*SIX, past=FLEET)


def test_a_batch_of_five_is_narrowed_by_two_others() -> None:
    """The slow builder cannot tell which of five it was; two others leave one."""
    story = tell()
    story.red(SLOW, "f")
    assert story.only().pull is None
    story.green(FAST, "c")
    story.red(FAST, "e")
    assert story.only().pull is None
    story.red(THIRD, "d")
    incident = story.only()
    assert (incident.pull, incident.range) == (103, RegressionRange(sha("c"), sha("d")))
    assert incident.confidence > 0.9


def test_a_flake_beside_it_stays_unspoken() -> None:
    """Another test fails once on the third builder while a true culprit is found."""
    story = tell()
    story.green(FAST, "b")
    story.red(THIRD, "b", ZIP)
    story.red(FAST, "c")
    story.red(THIRD, "c")
    accused = {i.signatures[0].site: i.pull for i in story.state().incidents}
    assert accused == {SSL: 102, ZIP: None}


def test_one_failure_of_a_test_that_never_failed_is_no_accusation() -> None:
    story = tell()
    story.red(FAST, "c")
    incident = story.only()
    assert (incident.verdict, incident.pull) == (Verdict.UNKNOWN, None)
    assert incident.awaited


def test_a_known_flake_never_accuses() -> None:
    """It fails now and then, whatever the commit; two failures in a row are no news."""
    story = make_story(*SIX)
    for n in range(60):
        story.red(FAST, "a") if n % 12 == 5 else story.green(FAST, "a")
        story.green(SLOW, "a")
    story.green(FAST, "b")
    story.red(FAST, "c")
    story.red(FAST, "d")
    assert all(i.pull is None for i in story.state().incidents)


def test_tests_that_passed_on_a_rerun_are_known_flakes() -> None:
    """The build was green, but its log told of a failure that a re-run made good."""
    story = make_story(*SIX, past=FLEET)
    for _ in range(4):
        story.green(FAST, "a", flaked=[SSL])
    story.red(FAST, "b")
    story.red(FAST, "b")
    assert story.only().pull is None


def test_an_outage_of_one_machine_is_nobodys_pull() -> None:
    """Many unrelated tests at once, with words of the network, on one machine only."""
    story = tell()
    tests = [make_signature(f"test_{n}", "Connection refused") for n in range(4)]
    story.green(THIRD, "b", minute=400)
    story.red(THIRD, "c", *tests, minute=800)
    story.red(THIRD, "d", *tests, minute=900)
    assert story.only().pull is None


def test_an_older_commit_that_fails_later_clears_the_pull() -> None:
    """It fails since noon, also at commits that were green in the morning: the world changed."""
    story = tell()
    story.green(FAST, "b")
    story.red(FAST, "c", minute=400)
    story.red(FAST, "c", minute=420)
    story.red(FAST, "b", minute=440)
    story.red(FAST, "a", minute=460)
    assert story.only().pull is None


def test_one_build_that_does_not_compile_suffices() -> None:
    """Compilers do not flake: to wait for the next build would tell nothing but be late."""
    story = tell()
    broken = make_signature("Modules/_ssl.c", "unknown type name 'SSL_CTX'", Kind.COMPILE_ERROR)
    story.green(FAST, "b")
    story.red(FAST, "c", broken, ran=False, complete=False)
    assert story.only().pull == 102
    strict = replace(DEFAULT_POLICY, noise_of_one=0.0)
    assert story.only(policy=strict).pull is None
    story.red(FAST, "c", broken, ran=False, complete=False)
    assert story.only(policy=strict).pull == 102


def test_many_tests_at_once_are_one_incident() -> None:
    """Thirty tests that break in one build are not thirty flakes, and not thirty comments."""
    story = tell()
    story.green(FAST, "b")
    story.red(FAST, "c", *(f"test_{n}" for n in range(30)))
    incident = story.only()
    assert (incident.pull, len(incident.signatures)) == (102, 30)


def test_three_red_builds_on_two_machines_confirm() -> None:
    story = tell()
    story.green(FAST, "b")
    story.green(SLOW, "b")
    for builder in (FAST, SLOW, FAST, SLOW):
        story.red(builder, "c")
    assert story.only().verdict is Verdict.CONFIRMED


def test_no_alibi_from_a_builder_that_never_shows_it() -> None:
    """A builder of another kind passes all along: the failure is not of its platform."""
    story = tell()
    for at in "bcdef":
        story.green(THIRD, at)
    story.green(FAST, "b")
    for at in "cdef":
        story.red(FAST, at)
    assert story.only().pull == 102


def test_reverted_and_landed_again() -> None:
    """The same failure after a proper fix is a new incident on the new pull."""
    story = tell()
    for builder in (FAST, SLOW):
        story.red(builder, "b")
        story.red(builder, "b")
    for builder in (FAST, SLOW, FAST):
        story.green(builder, "c")
    for at in "def":
        story.red(FAST, at)
        story.red(SLOW, at)
    old, new = story.state().incidents
    assert (old.state, old.fix) == (
        IncidentState.FIXED,
        Fix(RegressionRange(sha("b"), sha("c")), pull=102, sha=sha("c")),
    )
    assert (new.state, new.pull) == (IncidentState.OPEN, 103)


RACE, ZONE = ("Lib/ssl.py",), ("Lib/zoneinfo.py",)


@pytest.mark.parametrize(
    ("again", "cleared"),
    [(ZONE, True), (RACE, False), (None, False)],
    ids=["something else", "landed again", "nobody knows"],
)
def test_what_a_revert_does_not_mend_was_not_its_commit(
    again: tuple[str, ...] | None, cleared: bool
) -> None:
    """Pull 101 is reverted by 103, and the first build after that is red, too."""
    story = tell()
    files = {101: RACE, 102: RACE, 103: RACE, 104: again}
    story.line = replace(
        story.line,
        commits=tuple(
            replace(
                commit,
                files=files.get(commit.pull or 0),
                reverts=sha("b") if commit.pull == 103 else None,
            )
            for commit in story.line.commits
        ),
    )
    story.red(FAST, "c")
    before = {s.pull: s.p for s in story.only().suspects}
    story.red(FAST, "e")
    after = {s.pull: s.p for s in story.only().suspects}
    assert before[101] == pytest.approx(before[102], rel=0.5)
    assert (after[101] < 0.2 * after[102]) is cleared


@pytest.mark.parametrize("late", [False, True])
def test_a_slow_build_shows_that_it_is_not_fixed(late: bool) -> None:
    """Green on one builder, then red at a commit before the supposed fix on another."""
    story = tell()
    story.green(FAST, "b")
    story.red(FAST, "c")
    story.red(FAST, "d")
    story.green(FAST, "e")
    fixed = story.only()
    story.red(SLOW, "d", minute=155 if late else None)
    again = story.only()
    assert (fixed.state, again.state) == (IncidentState.FIXED, IncidentState.OPEN)
    assert again.pull == 102
    story.green(SLOW, "e")
    assert story.only().fix == Fix(RegressionRange(sha("d"), sha("e")), pull=104, sha=sha("e"))


def test_two_culprits_in_one_batch_become_two_incidents() -> None:
    """Both broke in the same build; the next builds tell them apart."""
    story = tell()
    story.red(SLOW, "e", SSL, ZIP)
    assert len(story.state().incidents) == 1
    story.green(FAST, "a")
    story.red(FAST, "b", SSL)
    story.red(FAST, "c", SSL)
    story.red(FAST, "d", SSL)
    story.red(FAST, "e", SSL, ZIP)
    story.red(FAST, "f", SSL, ZIP)
    assert {i.signatures[0].site: i.pull for i in story.state().incidents} == {SSL: 101, ZIP: 104}


def test_every_red_build_counts_whether_it_is_kept_or_not() -> None:
    """Of a long failure some red builds are left out; people are told of all of them."""
    story = make_story(("a", 100), ("b", 101), past=("A", "B"))
    for _ in range(100):
        for builder in "AB":
            story.red(builder, "b")
    incident = story.only()
    assert len(incident.red_builds) < 100
    assert incident.pull == 101
    assert incident.reason.startswith("Pull 101 explains 200 builds that failed")
