"""Figures as JSON: what is not known is null, and spans are minutes."""

import json
from datetime import timedelta

from bot.core.model.build_results import Result
from bot.core.model.decisions import CommentDecision
from bot.web.api.details_json import render_comment_decision, render_record, render_trend
from tests.support.make_stored import MOMENT, make_facts
from tests.support.make_summaries import make_summary


def test_a_trend_tells_minutes_and_days() -> None:
    told = render_trend([make_summary(1), make_summary(2, Result.FAILURE), make_summary(3)])
    (day,) = told["days"]
    assert day == {
        "day": "2026-03-02",
        "builds": 3,
        "failed": 1,
        "flaked": 0,
        "broken": 0,
        "minutes": 30.0,
    }
    assert (told["minutes"], told["lost_minutes"]) == (30.0, 30.0)
    assert told["recovery"] == {
        "streaks": 1,
        "median_minutes": 60.0,
        "longest_minutes": 60.0,
        "red_since": None,
    }


def test_what_never_was_built_has_no_figures() -> None:
    told = render_trend([])
    assert (told["days"], told["recovery"]["median_minutes"]) == ([], None)


def test_a_build_whose_log_was_not_read_has_no_lines() -> None:
    running = make_facts(1, result=None, complete_at=None)
    told = render_record(running)
    assert (told["result"], told["complete_at"], told["excerpt"]) == (None, None, [])
    json.dumps(told)


def test_silence_says_nothing_and_has_a_reason() -> None:
    at = MOMENT + timedelta(hours=1)
    told = render_comment_decision(CommentDecision(at, 12, "", stands=False, reason="Not sure."))
    assert told == {
        "at": at.isoformat(),
        "pull": 12,
        "says": None,
        "stands": False,
        "reason": "Not sure.",
    }
