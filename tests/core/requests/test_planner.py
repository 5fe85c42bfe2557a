"""Which build to ask for, told as incident reports: a range of commits that nobody built."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from bot.core.model import (
    DEFAULT_LIMITS,
    Budget,
    BuilderLoad,
    BuildRequest,
    Kind,
    RequestLimits,
    RequestPlan,
    RequestPurpose,
    RequestState,
    ScheduledBy,
    Verdict,
)
from bot.core.model.build_results import Result
from bot.core.requests import measure_builders, plan_requests
from tests.support.make_observations import LATE, MINUTE, Story, make_signature, make_story, sha

SLOW, FAST = "ARM64 Debian", "AMD64 Fedora"
EIGHT = tuple((letter, 100 + n) for n, letter in enumerate("abcdefghi"))


def make_batch() -> Story:
    """Green for long; then eight pulls land at once, and both builders are red after the last."""
    story = make_story(*EIGHT, past=(SLOW, FAST))
    story.red(FAST, "i")
    story.red(SLOW, "i")
    return story


def make_fleet(story: Story, now: datetime = LATE) -> dict[str, BuilderLoad]:
    """SLOW takes ten times as long."""
    fleet = measure_builders(story.builds, now)
    for name, minutes in ((SLOW, 100.0), (FAST, 10.0)):
        fleet[name] = replace(fleet[name], minutes=minutes, longest=minutes)
    return fleet


def make_request(
    builder: str, at: str, state: RequestState = RequestState.QUEUED, **more: object
) -> BuildRequest:
    story = make_batch()
    usual: dict[str, object] = {
        "id": f"{builder}@{at}",
        "source": "bb",
        "builder": builder,
        "revision": sha(at),
        "purpose": RequestPurpose.AUTO,
        "state": state,
        "asked_at": LATE - timedelta(hours=1),
        "incident": story.only().id,
    }
    return BuildRequest(**(usual | more))  # type: ignore[arg-type] # told by name


def plan(
    story: Story,
    *requests: BuildRequest,
    now: datetime = LATE,
    limits: RequestLimits = DEFAULT_LIMITS,
    fleet: dict[str, BuilderLoad] | None = None,
    budgets: dict[str, Budget] | None = None,
) -> RequestPlan:
    state = story.state(now)
    return plan_requests(
        state,
        state.incidents,
        make_fleet(story, now) if fleet is None else fleet,
        requests,
        now,
        limits=limits,
        budgets=budgets or {},
    )


def test_eight_pulls_at_once_are_halved_on_the_fast_builder() -> None:
    """Nobody can tell them apart: the middle one is built where it costs least."""
    first = plan(make_batch()).ask[0]
    assert first.builder == FAST
    assert first.revision in {sha("d"), sha("e"), sha("f")}
    assert first.told == f"asked {FAST} to build {first.revision[:7]}: {first.reason}"
    assert 0.8 < first.gain <= 1.0
    assert first.left == pytest.approx(3.0, abs=0.3)


def test_a_build_in_the_middle_leaves_half_and_the_next_one_halves_that() -> None:
    """Three builds tell eight pulls apart, and then nothing more is asked."""
    story, asked = make_batch(), 0
    while story.only().verdict is Verdict.UNKNOWN and asked < 8:
        (planned,) = plan(story).ask
        asked += 1
        at = planned.revision[0]
        (story.red if at >= "e" else story.green)(
            planned.builder, at, scheduled_by=ScheduledBy.REQUEST
        )
    assert story.only().pull == 104
    assert asked <= 4
    assert plan(story).ask == ()
    assert "suspected" in plan(story).silent[story.only().id]


def test_what_a_build_that_ended_says_is_waited_for() -> None:
    """Another builder was asked the same in the seconds until the first answer was read."""
    story = make_batch()
    unread = make_request(
        FAST,
        "e",
        RequestState.FINISHED,
        buildid=100_000,
        result=Result.SUCCESS,
        ended_at=LATE - MINUTE,
    )
    waiting = plan(story, unread)
    assert (waiting.ask, waiting.cancel) == ((), {})
    assert waiting.silent[story.only().id] == "What was asked for is still to come."
    assert waiting.again_at == LATE - MINUTE + timedelta(hours=1), "it is given up then"
    for change in (
        {"result": Result.EXCEPTION},
        {"ended_at": LATE - timedelta(hours=2)},  # nobody could read it
        {"buildid": story.builds[-1].buildid},  # it is folded in
    ):
        assert plan(story, replace(unread, **change)).ask, change


def test_an_incident_that_kept_an_older_name_is_asked_about() -> None:
    """A build that came late opens it earlier, and people know it by the name it had before."""
    story = make_batch()
    state = story.state(LATE)
    renamed = [replace(story.only(), id="as people know it")]
    (planned,) = plan_requests(state, renamed, make_fleet(story), [], LATE).ask
    assert planned.incident == "as people know it"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"is_away": True}, "away"),
        ({"waiting_since": LATE - timedelta(minutes=61)}, "wait too long"),
        ({"since": LATE - timedelta(minutes=60)}, "15% of the time"),
    ],
)
def test_a_builder_that_has_no_time_is_not_asked(change: dict[str, object], words: str) -> None:
    """Each of them by itself: that others are idle gives nobody's worker more time."""
    story = make_batch()
    fleet = {
        name: replace(load, **change)  # type: ignore[arg-type] # told by name
        for name, load in make_fleet(story).items()
    }
    found = plan(story, fleet=fleet)
    assert found.ask == ()
    assert words in found.silent[story.only().id]


def test_who_has_just_begun_a_build_of_its_own_answers_later() -> None:
    """Both would tell as much; the one that is in the middle of hours of work is not waited for."""
    story = make_batch()
    fleet = make_fleet(story)
    fleet[SLOW] = replace(fleet[SLOW], minutes=12.0, longest=12.0)
    (idle,) = plan(story, fleet=fleet).ask
    assert idle.builder == FAST
    fleet[FAST] = replace(fleet[FAST], running_since=LATE - MINUTE, waiting_since=LATE - MINUTE)
    (busy,) = plan(story, fleet=fleet).ask
    assert busy.builder == SLOW


@pytest.mark.parametrize(
    ("running", "waiting", "minutes"),
    [
        (None, None, 0.0),
        (LATE - 4 * MINUTE, None, 6.0),
        (LATE - 40 * MINUTE, None, 0.0),  # later than ever: it may end at any time
        (LATE - 4 * MINUTE, LATE - MINUTE, 16.0),
    ],
)
def test_a_builder_ends_what_runs_and_builds_what_waits_first(
    running: datetime | None, waiting: datetime | None, minutes: float
) -> None:
    load = make_fleet(make_batch())[FAST]
    busy = replace(load, running_since=running, waiting_since=waiting)
    assert busy.expect_wait(LATE) == pytest.approx(minutes)


def test_the_share_is_of_each_builder_in_each_week() -> None:
    """FAST gave ten minutes of the seventy that it is known for; it is asked when that is 15 %."""
    story = make_batch()
    fleet = make_fleet(story)
    fleet[FAST] = replace(fleet[FAST], since=LATE - timedelta(minutes=70))
    fleet.pop(SLOW)
    found = plan(story, make_request(FAST, "a", RequestState.FINISHED, **ENDED), fleet=fleet)
    assert found.ask == ()
    assert found.again_at == fleet[FAST].since + timedelta(minutes=20) / 0.15
    assert plan(story, fleet=fleet, now=LATE).ask  # nothing was asked: ten of seventy is less


ENDED: dict[str, object] = {
    "started_at": LATE - timedelta(minutes=30),
    "ended_at": LATE - timedelta(minutes=20),
    "result": Result.SUCCESS,
}


def test_one_build_at_a_time_is_asked_of_a_builder() -> None:
    """What is outstanding keeps its builder, and its incident waits for it."""
    story = make_batch()
    found = plan(story, make_request(FAST, "e"))
    assert found.ask == ()
    assert "still to come" in found.silent[story.only().id]
    other = make_request(FAST, "e", incident=None, purpose=RequestPurpose.TEST)
    assert {p.builder for p in plan(story, other).ask} == {SLOW}


def test_two_lost_builds_end_it() -> None:
    """A machine that fails us twice has been asked enough."""
    lost = [
        make_request(FAST, at, RequestState.FINISHED, **(ENDED | {"result": Result.EXCEPTION}))
        for at in "de"
    ]
    story = make_batch()
    assert plan(story, lost[0]).ask
    found = plan(story, *lost)
    assert found.ask == ()
    assert "told nothing" in found.silent[story.only().id]


def test_the_same_commit_is_not_asked_at_once_again() -> None:
    """Twenty minutes after the first time, forty after the second; meanwhile another one."""
    story = make_batch()
    first = plan(story).ask[0]
    again = make_request(
        first.builder, first.revision[0], RequestState.FINISHED, **(ENDED | {"ended_at": LATE})
    )
    assert first.revision not in {p.revision for p in plan(story, again).ask}


@pytest.mark.parametrize(
    ("limits", "words", "again_at"),
    [
        ({"per_day": 0}, "0 builds", None),
        ({"per_day": 1}, "1 builds", LATE - timedelta(hours=1) + timedelta(days=1)),
        ({"quiet_hours": (time(6), time(9))}, "quiet", LATE.replace(hour=9)),
        ({"quiet_hours": (time(22), time(8, 30))}, "quiet", LATE.replace(hour=8, minute=30)),
        ({"per_incident": 1}, "1 build was asked for already", None),
        ({"share_of_builder": 0.0}, "0% of the time", None),
    ],
)
def test_limits_hold_and_tell_when_they_let_go(
    limits: dict[str, object], words: str, again_at: datetime | None
) -> None:
    story = make_batch()
    changed = replace(DEFAULT_LIMITS, **limits)  # type: ignore[arg-type] # told by name
    before = make_request(FAST, "d", RequestState.FINISHED, **ENDED)
    found = plan(story, before, limits=changed)
    assert found.ask == ()
    assert words in found.silent[story.only().id]
    assert again_at is None or found.again_at == again_at


def test_a_person_spends_a_budget_at_any_hour_and_price() -> None:
    """`bisect`: quiet hours and prices do not hold; the budget and the builders' limits do."""
    story = make_batch()
    dear = replace(DEFAULT_LIMITS, least_gain=2.0, quiet_hours=(time(0), time(23)))
    assert plan(story, limits=dear).ask == ()
    name = story.only().id
    assert plan(story, limits=dear, budgets={name: Budget(3, is_told=True)}).ask
    spent = plan(story, limits=dear, budgets={name: Budget(0, is_told=True)})
    assert spent.silent[name] == "The budget is spent."
    short = plan(story, limits=dear, budgets={name: Budget(3, minutes=5.0, is_told=True)})
    assert short.ask == ()


def test_what_is_over_is_asked_no_more_and_what_waits_is_cancelled() -> None:
    """Green again: what has not begun is taken back, what runs may end."""
    story = make_batch()
    waiting = make_request(FAST, "e")
    running = make_request(SLOW, "d", RequestState.RUNNING)
    story.green(FAST, "i")
    story.line = make_story(*EIGHT, ("j", 200)).line
    story.green(FAST, "j")
    story.green(SLOW, "j")
    found = plan(story, waiting, running)
    assert set(found.cancel) == {waiting.id}
    assert found.ask == ()


def test_a_suspect_that_is_reverted_is_waited_for() -> None:
    """Whoever reverted it knows; the next build shows whether they were right."""
    story = make_batch()
    line = make_story(*EIGHT, ("j", 200)).line
    revert = replace(line.commits[-1], reverts=sha("e"), at=LATE - MINUTE)
    story.line = replace(line, commits=(*line.commits[:-1], revert))
    found = plan(story)
    assert found.ask == ()
    assert "reverted" in found.silent[story.only().id]


def test_a_commit_that_has_not_landed_is_not_asked_for() -> None:
    """Committers' clocks may be ahead: a CI may not know it yet."""
    story = make_batch()
    line = story.line
    ahead = tuple(replace(c, at=LATE + MINUTE) for c in line.commits)
    story.line = replace(line, commits=ahead)
    assert plan(story).ask == ()


def test_a_commit_that_does_not_compile_is_not_built_again() -> None:
    """It told nothing of this failure: its neighbours are asked instead."""
    story = make_batch()
    middle = plan(story).ask[0].revision[0]
    broken = make_signature("src/ssl.c", "no such type", Kind.COMPILE_ERROR)
    story.red(FAST, middle, broken, ran=False, scheduled_by=ScheduledBy.REQUEST)
    (planned,) = plan(story).ask
    assert planned.revision[0] != middle
    assert abs(ord(planned.revision[0]) - ord(middle)) == 1


def test_a_flake_is_not_worth_a_build() -> None:
    """Nobody would be told of it: it comes and goes without any change."""
    story = make_story(*EIGHT, past=(SLOW, FAST))
    for at in "bcdef":
        story.red(FAST, at)
        for _ in range(6):
            story.green(FAST, at)
    story.red(FAST, "g")
    state = story.state()
    found = plan_requests(state, state.incidents, make_fleet(story), (), LATE)
    assert found.ask == ()


def test_the_same_facts_give_the_same_plan() -> None:
    """In whatever order builders are told."""
    story = make_batch()
    fleet = make_fleet(story)
    turned = dict(reversed(fleet.items()))
    assert plan(story, fleet=fleet) == plan(story, fleet=turned)
