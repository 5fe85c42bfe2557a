"""What makes a second accusation harder than the first, told as incident reports."""

from dataclasses import replace

import pytest

from bot.core.blame.case import Former, Posterior
from bot.core.blame.inference.likelihood_environment import likelihood_of_environment
from bot.core.blame.inference.likelihood_flaky import FlakyLikelihood
from bot.core.blame.inference.parameters import DEFAULT_RATES
from bot.core.blame.inference.posterior import compute_posterior
from bot.core.blame.timeline.failure_history import PlacedBuild, Streak
from bot.core.blame.verdict import find_verdict
from bot.core.model import IncidentState, Kind, Verdict
from bot.core.policy.thresholds import DEFAULT_POLICY
from tests.core.blame.inference.test_posterior import CASE, seen
from tests.core.blame.test_culprit_finder import FAST, FLEET, SLOW, THIRD, tell
from tests.support.make_observations import SSL, make_line, make_observation


def find(q: float, *, accused: tuple[int, ...] = (), **more: float) -> Verdict:
    """The verdict on pull 101 at position 1, after two red builds there."""
    shares = {"flaky": 0.0, "environment": 0.0, "old": 0.0} | more
    belief = Posterior(0, (1 - q, q), (1 - q, q), **shares)  # type: ignore[arg-type] # by name
    reds = (make_observation(1, "A", "b", ("t",)), make_observation(2, "B", "b", ("t",)))
    entries = tuple(PlacedBuild(1, o.order, o) for o in reds)
    streak = Streak.of(entries[0], 0).add(entries[1])
    suspects = make_line(("a", 100), ("b", 101)).commits
    found = find_verdict(
        Kind.TEST_FAILURE, belief, suspects, streak, policy=DEFAULT_POLICY, accused=accused
    )
    return found.verdict


@pytest.mark.parametrize(
    ("q", "accused", "verdict"),
    [
        (0.9, (), Verdict.SUSPECTED),
        (0.9, (7,), Verdict.UNKNOWN),
        (0.96, (7,), Verdict.SUSPECTED),
        (0.9999, (7, 8), Verdict.UNKNOWN),
        (0.86, (101,), Verdict.SUSPECTED),
        (0.86, (7, 101), Verdict.SUSPECTED),
    ],
)
def test_a_second_pull_needs_more_and_a_third_is_never_accused(
    q: float, accused: tuple[int, ...], verdict: Verdict
) -> None:
    """One failure that came and went once accused three pulls, one after another."""
    assert find(q, accused=accused) is verdict


@pytest.mark.parametrize(
    ("q", "last_pass", "verdict"),
    [
        (0.95, 0, Verdict.SUSPECTED),
        (0.95, 1, Verdict.UNKNOWN),
        (0.985, 1, Verdict.SUSPECTED),
    ],
)
def test_a_pass_with_the_pull_on_a_builder_that_showed_it(
    q: float, last_pass: int, verdict: Verdict
) -> None:
    """It fails now and then, and a lucky green may as well have cleared the true culprit."""
    assert find(q, last_pass=last_pass) is verdict


@pytest.mark.parametrize(("p", "verdict"), [(0.01, Verdict.SUSPECTED), (0.03, Verdict.UNKNOWN)])
def test_the_world_is_ruled_out_before_anybody_is_accused(p: float, verdict: Verdict) -> None:
    assert find(0.96, environment=p) is verdict


def test_the_fix_does_not_unsay_what_was_said() -> None:
    """The pass that ends a regression is a pass with the culprit, too."""
    assert find(0.86, accused=(101,), last_pass=1, environment=0.04) is Verdict.SUSPECTED


def test_an_outage_may_spare_one_build() -> None:
    """Five machines fail in one hour, the next build of one passes: it is the outage still."""
    reds = tuple(seen(5, True, b, hours=20.0 + n / 10) for n, b in enumerate("ABCDE"))
    spared = seen(5, False, "A", hours=20.5)
    goods = tuple(seen(4, False, b, hours=10.0) for b in "ABCDE")
    fleet = dict.fromkeys("ABCDE", ("linux",))
    case = replace(
        CASE, tags=fleet, passes=dict.fromkeys("ABCDE", 80), fails=dict.fromkeys(fleet, 1)
    )
    weights = []
    for window in ((*goods, *reds), (*goods, *reds, spared)):
        told = replace(case, window=window)
        weights.append(
            likelihood_of_environment(told, FlakyLikelihood(told, DEFAULT_RATES), DEFAULT_RATES)
        )
    assert weights[1] > weights[0] * (1 - DEFAULT_RATES.outage_fails) / 2


@pytest.mark.parametrize(("since", "is_old"), [(4, True), (40, False)])
def test_what_seemed_to_be_fixed_may_only_have_passed(since: int, is_old: bool) -> None:
    """It failed three times of five, passed, and fails again: few passes are no fix."""
    case = replace(CASE, former=Former(frozenset("A"), fails=3, passes=2, since=since))
    assert (compute_posterior(case, DEFAULT_RATES).old > 0.3) is is_old


def test_one_of_many_that_broke_together_passed_once_more() -> None:
    """Four tests broke with one message at a commit; the fifth follows a build later."""
    alone = compute_posterior(CASE, DEFAULT_RATES)
    kin = compute_posterior(replace(CASE, sibling=2), DEFAULT_RATES)
    assert kin.suspects[3] < alone.suspects[3] / 2


def test_a_test_that_escaped_once_is_not_told_of_the_next_commit() -> None:
    """ZIP failed with SSL's message a commit later than SSL: nobody hears of it but SSL's pull."""
    story = tell()
    for builder in FLEET:
        story.green(builder, "b")
    for at in "cc":
        story.red(FAST, at)
    for at in "de":
        story.red(FAST, at, SSL, "test_zip.test_write")
    accused = {i.signatures[0].site: i.pull for i in story.state().incidents}
    assert accused[SSL] == 102
    assert accused["test_zip.test_write"] is None


def test_a_forced_build_of_an_old_commit_tells_of_the_old_incident() -> None:
    """Long after the fix somebody builds the broken commit again: it was known to be broken."""
    story = tell()
    for builder in (FAST, SLOW):
        story.green(builder, "b")
        story.red(builder, "c")
        story.red(builder, "c")
    for builder in (FAST, SLOW, FAST, SLOW):
        story.green(builder, "d")
    before = story.only()
    assert (before.state, before.pull) == (IncidentState.FIXED, 102)
    story.red(FAST, "c")
    story.red(THIRD, "c")
    after = story.only()
    assert (after.id, after.state, after.pull) == (before.id, IncidentState.FIXED, 102)
