"""How much may be said: what is beyond waits, and the surest goes first."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import IncidentState, Verdict
from bot.core.policy.comment_limits import (
    DEFAULT_LIMITS,
    LOOK_AGAIN,
    CommentLimits,
    find_hold,
    find_priority,
)
from bot.core.policy.decide import PULL, Intent
from tests.core.policy.test_decide import ACCUSING, NOON

FEW = CommentLimits(per_pull=1, per_hour=2, per_day=3)


def ago(**span: float) -> datetime:
    return NOON - timedelta(**span)


@pytest.mark.parametrize(
    ("posted", "ahead", "why"),
    [
        ([], 0, None),
        ([ago(minutes=1)], 0, None),
        ([ago(minutes=1)], 1, "what is surer goes first"),
        ([ago(minutes=1), ago(minutes=2)], 0, "2 new comments in an hour"),
        ([ago(minutes=60), ago(minutes=2)], 0, None),
        ([ago(hours=2), ago(hours=3), ago(hours=4)], 0, "3 new comments in a day"),
        ([ago(hours=24), ago(hours=3), ago(hours=4)], 0, None),
        ([ago(hours=2)], 2, "what is surer goes first"),
    ],
)
def test_what_is_beyond_a_limit_waits_with_a_reason(
    posted: list[datetime], ahead: int, why: str | None
) -> None:
    held = find_hold(FEW, posted, ahead, NOON)
    assert (held is None) == (why is None)
    if held is not None:
        assert why is not None
        assert why in held.reason
        assert NOON < held.until <= NOON + LOOK_AGAIN


@given(st.lists(st.integers(0, 60 * 30), max_size=60))
def test_no_hour_and_no_day_ever_has_more_than_its_limit(gaps: list[int]) -> None:
    """Whatever comes when: a flood is a trickle by the time it reaches people."""
    posted: list[datetime] = []
    now = NOON
    for gap in gaps:
        now += timedelta(seconds=gap)
        if find_hold(FEW, posted, 0, now) is None:
            posted.append(now)
    for at in posted:
        assert sum(at - timedelta(hours=1) < other <= at for other in posted) <= FEW.per_hour
        assert sum(at - timedelta(days=1) < other <= at for other in posted) <= FEW.per_day


def test_the_surest_goes_first_and_of_those_the_newest() -> None:
    """When there is room for one, it should be the one that helps most."""

    def rank(confidence: float, verdict: Verdict = Verdict.SUSPECTED, hours: int = 0) -> int:
        opened_at = NOON + timedelta(hours=hours)
        incident = replace(ACCUSING, confidence=confidence, opened_at=opened_at)
        return find_priority([Intent(PULL, incident, verdict, IncidentState.OPEN)])

    assert rank(0.95) > rank(0.94, hours=9)
    assert rank(0.95, hours=1) > rank(0.95)
    assert rank(0.92, Verdict.CONFIRMED) > rank(0.999)
    over = Intent(PULL, ACCUSING, Verdict.CONFIRMED, IncidentState.FIXED)
    assert find_priority([over]) == 0


def test_the_defaults_leave_room_for_an_ordinary_day() -> None:
    assert find_hold(DEFAULT_LIMITS, [ago(minutes=n) for n in range(9)], 0, NOON) is None
