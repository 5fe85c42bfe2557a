"""What people decide, weighed with what builds say: finite, repeatable, and to be taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.commands.overrides import make_feedback
from bot.core.incidents.feedback import find_revert_feedback
from bot.core.incidents.overrides import CommitTimeline, apply_overrides, make_ref
from bot.core.model import (
    Incident,
    IncidentState,
    Kind,
    Occurrence,
    RegressionRange,
    StepRun,
    Suspect,
    Verdict,
)
from bot.core.model.commands import FeedbackKind, Override, OverrideKind, Role
from bot.core.policy.thresholds import DEFAULT_POLICY
from tests.support.make_observations import (
    START,
    Story,
    make_line,
    make_observation,
    make_signature,
    sha,
)
from tests.support.refs import ref, refs

LINE = make_line(("a", 100), ("b", 101), ("c", 102), ("d", 103))
TIMELINE = CommitTimeline(LINE)
DAY = timedelta(days=1)


def make_incident(**changes: object) -> Incident:
    """Pull 102 is accused with 96%, 101 has the rest."""
    incident = Incident(
        id="one",
        branch="main",
        signatures=(make_signature(),),
        builders=("Debian", "Fedora"),
        verdict=Verdict.SUSPECTED,
        state=IncidentState.OPEN,
        range=RegressionRange(sha("a"), sha("c")),
        ranges=(),
        suspects=(Suspect(sha("c"), 102, 0.96), Suspect(sha("b"), 101, 0.04)),
        opened_at=START,
        first_red_build=ref(2),
        red_builds=refs(2, 3),
        pull=102,
        confidence=0.96,
        reason="Pull 102 explains it.",
    )
    return replace(incident, **changes)  # type: ignore[arg-type] # a test names what differs


def make_override(
    kind: OverrideKind, *, about: Incident | None = None, **changes: object
) -> Override:
    override = Override(
        repo_id=1,
        comment_id=7,
        position=0,
        part=0,
        kind=kind,
        by="alice",
        role=Role.WRITE,
        at=START,
        number=102,
        target=make_ref(about or make_incident()),
    )
    return replace(override, **changes)  # type: ignore[arg-type] # a test names what differs


def rule(incident: Incident, *overrides: Override, timeline: CommitTimeline = TIMELINE) -> Incident:
    (ruled,) = apply_overrides([incident], overrides, DEFAULT_POLICY, timeline)
    return ruled


OBJECTION = make_override(OverrideKind.NOT_ME, pull=102)
FLAKY = make_override(OverrideKind.FLAKY)
BLAME = make_override(OverrideKind.BLAME, sha=sha("b"), pull=101)


def test_an_objection_is_a_fifth_of_the_odds_and_names_nobody_else() -> None:
    """24 to 1 becomes 24 to 5; what builds said of others is no surer for it than it must be."""
    ruled = rule(make_incident(), OBJECTION)
    assert ruled.confidence == pytest.approx(24 / 29)
    assert ruled.pull == 102
    assert ruled.verdict is Verdict.SUSPECTED
    assert "objects" in ruled.reason
    assert sum(s.p for s in ruled.suspects) == pytest.approx(1)


def test_a_weak_accusation_falls_with_an_objection() -> None:
    weak = make_incident(confidence=0.8)
    ruled = rule(weak, OBJECTION)
    assert (ruled.pull, ruled.verdict) == (None, Verdict.UNKNOWN)
    assert "do not outweigh" in ruled.reason


def test_more_builds_outweigh_an_objection() -> None:
    ruled = rule(make_incident(confidence=0.9995, verdict=Verdict.CONFIRMED), OBJECTION)
    assert ruled.confidence > 0.99
    assert ruled.verdict is Verdict.CONFIRMED


def test_saying_it_twice_makes_it_no_truer_but_two_people_count() -> None:
    once = rule(make_incident(), OBJECTION)
    assert rule(make_incident(), OBJECTION, replace(OBJECTION, comment_id=8)) == once
    other = replace(OBJECTION, comment_id=8, by="bob")
    assert rule(make_incident(), OBJECTION, other).confidence < once.confidence


def test_a_maintainer_names_the_culprit_and_may_be_argued_with() -> None:
    ruled = rule(make_incident(), BLAME)
    assert (ruled.pull, ruled.verdict) == (101, Verdict.CONFIRMED)
    assert ruled.suspects[0].sha == sha("b")
    assert sum(s.p for s in ruled.suspects) == pytest.approx(1)
    argued = rule(ruled, replace(OBJECTION, pull=101, comment_id=9))
    assert argued.pull == 101
    assert argued.verdict is Verdict.SUSPECTED


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [(OverrideKind.FLAKY, Verdict.FLAKY), (OverrideKind.INFRA, Verdict.ENVIRONMENT)],
)
def test_what_is_filed_is_withdrawn_until_it_is_taken_back(
    kind: OverrideKind, verdict: Verdict
) -> None:
    filed = make_override(kind)
    ruled = rule(make_incident(), filed)
    assert (ruled.state, ruled.verdict, ruled.pull) == (IncidentState.WITHDRAWN, verdict, None)
    assert rule(make_incident(), replace(filed, undone_by=9)) == make_incident()


def test_the_last_word_counts() -> None:
    later = replace(BLAME, comment_id=8, at=START + DAY)
    assert rule(make_incident(), later, FLAKY).pull == 101
    assert rule(make_incident(), later, FLAKY).state is IncidentState.OPEN


def test_a_override_finds_its_incident_under_a_new_name() -> None:
    """A build that came late opened it earlier; the override was about the same failure."""
    renamed = make_incident(id="two", first_red_build=ref(1), red_builds=refs(1, 2, 3))
    assert rule(renamed, FLAKY).verdict is Verdict.FLAKY
    stranger = make_incident(id="two", red_builds=refs(8, 9), pull=None, opened_at=START - DAY)
    assert rule(stranger, FLAKY) == stranger


def test_the_ledger_learns_what_was_filed() -> None:
    """The same test some days later is believed less of a commit, and only for a while."""
    later = make_incident(id="two", red_builds=refs(8, 9), opened_at=START + DAY)
    assert rule(later, FLAKY).confidence == pytest.approx(24 / 29)
    much_later = replace(later, opened_at=START + 100 * DAY)
    assert rule(much_later, FLAKY) == much_later
    other_test = replace(later, signatures=(make_signature("test_zlib.test_read"),))
    assert rule(other_test, FLAKY) == other_test
    infra = make_override(OverrideKind.INFRA)
    assert rule(later, infra).confidence == pytest.approx(24 / 29)
    elsewhere = replace(later, builders=("RISC-V",))
    assert rule(elsewhere, infra) == elsewhere


def test_a_named_fix_closes_it_when_it_is_green_and_not_before() -> None:
    fixed_by = make_override(OverrideKind.FIXED_BY, pull=103)
    red, green = make_observation(3, "Debian", "c", [make_signature()]), None
    assert rule(make_incident(), fixed_by, timeline=CommitTimeline(LINE, lambda: [red])).awaited
    green = make_observation(4, "Fedora", "d")
    ruled = rule(make_incident(), fixed_by, timeline=CommitTimeline(LINE, lambda: [red, green]))
    assert ruled.state is IncidentState.FIXED
    assert ruled.fix is not None
    assert (ruled.fix.pull, ruled.fix.sha) == (103, sha("d"))
    again = make_observation(5, "Debian", "d", [make_signature()])
    still = make_incident(red_builds=refs(2, 3, 5))
    timeline = CommitTimeline(LINE, lambda: [red, green, again])
    assert rule(still, fixed_by, timeline=timeline).state is IncidentState.OPEN
    unlanded = replace(fixed_by, pull=999)
    assert rule(make_incident(), unlanded, timeline=timeline) == make_incident()


def test_a_named_fix_of_a_compile_error_is_green_by_the_command_that_showed_it() -> None:
    """Compilers say nothing when all is well: it waited for a green build that had long come."""
    broken = make_signature("src/zip.c:4", kind=Kind.COMPILE_ERROR)
    step = StepRun("compile", "make -j4", ok=False)
    red = replace(
        make_observation(3, "Fedora", "c", [broken], ran=False),
        sightings=(Occurrence(broken, step="compile"),),
        step_runs=(step,),
    )
    green = make_observation(4, "Debian", "d", ran=False)
    green = replace(green, step_runs=(replace(step, ok=True),))
    timeline = CommitTimeline(LINE, lambda: [red, green])
    incident = make_incident(signatures=(broken,), builders=("Debian", "Fedora"))
    ruled = rule(incident, make_override(OverrideKind.FIXED_BY, pull=103), timeline=timeline)
    assert ruled.state is IncidentState.FIXED


def test_overrides_on_a_real_fold_give_the_same_whenever_they_are_applied() -> None:
    """A rebuild from facts must tell what the service told."""
    story = Story(LINE)
    for builder in ("Debian", "Fedora"):
        story.green(builder, "b")
        story.red(builder, "c")
    incident = story.only()
    assert incident.pull == 102
    override = make_override(OverrideKind.FLAKY, about=incident)
    story.red("Debian", "d", minute=1)  # a build that came late
    again = story.only()
    (ruled,) = apply_overrides([again], [override], DEFAULT_POLICY, CommitTimeline(LINE))
    assert ruled.verdict is Verdict.FLAKY


PULLS = st.sampled_from([100, 101, 102, None])
OVERRIDES = st.builds(
    make_override,
    st.sampled_from(OverrideKind),
    comment_id=st.integers(1, 4),
    by=st.sampled_from(["alice", "bob"]),
    pull=PULLS,
    sha=st.sampled_from([sha(letter) for letter in "abcdz"]),
    undone_by=st.sampled_from([None, None, 9]),
)


@given(st.lists(OVERRIDES, max_size=6), st.floats(0, 1), st.randoms())
def test_shares_stay_shares_and_arrival_does_not_matter(
    overrides: list[Override], confidence: float, dice: object
) -> None:
    incident = make_incident(confidence=confidence)
    known = {(r.order): r for r in overrides}  # the store has one of each
    ruled = rule(incident, *known.values())
    assert all(0 <= s.p <= 1 for s in ruled.suspects)
    assert sum(s.p for s in ruled.suspects) <= 1.000001
    assert 0 <= ruled.confidence <= 1
    shuffled = list(known.values())
    dice.shuffle(shuffled)  # type: ignore[attr-defined] # it is a random.Random
    assert rule(incident, *shuffled) == ruled


def test_labels_say_what_a_word_meant_for_our_verdict() -> None:
    incident = make_incident()
    words = {
        OBJECTION: FeedbackKind.OBJECTED,
        BLAME: FeedbackKind.OTHER,
        replace(BLAME, pull=102): FeedbackKind.AFFIRMED,
        FLAKY: FeedbackKind.FLAKY,
    }
    for override, word in words.items():
        label = make_feedback(override, incident)
        assert label is not None
        assert (label.word, label.confidence, label.pull) == (word, 0.96, 102)
    assert make_feedback(make_override(OverrideKind.FIXED_BY), incident) is None


def test_a_revert_of_the_accused_says_that_we_were_right() -> None:
    commits = (*LINE.commits[:3], replace(LINE.commits[3], reverts=sha("c")))
    (label,) = find_revert_feedback(1, [make_incident()], replace(LINE, commits=commits))
    assert (label.word, label.incident_id, label.pull) == (FeedbackKind.REVERTED, "one", 102)
    assert find_revert_feedback(1, [make_incident(pull=101)], replace(LINE, commits=commits)) == ()
    assert find_revert_feedback(1, [make_incident()], LINE) == ()
