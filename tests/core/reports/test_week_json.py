"""The week as JSON: what machines rely on has a name, a unit and no surprise."""

import json

from bot.core.reports.week_json import render_week_json
from bot.core.reports.weekly import make_week_report
from tests.core.fleet.test_release import NOW
from tests.core.reports.weeks import NASTY, make_week

TOLD = json.loads(json.dumps(render_week_json(make_week_report(make_week(NASTY), NOW))))


def test_names_are_told_as_they_are() -> None:
    """JSON is for machines: who shows it has to escape it."""
    assert TOLD["new"][0]["tests"] == [NASTY]


def test_a_percentage_goes_with_a_pull_only() -> None:
    assert [(x["pull"], x["percent"]) for x in TOLD["new"]] == [(7, 97), (None, None)]


def test_times_have_their_zone() -> None:
    assert TOLD["since"].endswith("+00:00")
    assert TOLD["still_open"][0]["closed"] is None


def test_weeks_and_rates_have_counts_and_no_words() -> None:
    assert sum(week["flakes"] for week in TOLD["flakes_by_week"]) == 4
    assert TOLD["failure_rates"][0] == {"builder": "A", "builds": 9, "failed": 3, "broken": 1}
