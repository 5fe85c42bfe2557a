"""Which builders there are: those without a master were taken out, unless a master is away."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.errors import Malformed
from bot.core.model import ListedBuilder
from bot.core.payloads import are_masters_up, parse_builder_list

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def make_master(*, active: bool, hours_ago: float = 0) -> dict[str, Any]:
    at = NOON - timedelta(hours=hours_ago)
    return {"masterid": 1, "active": active, "last_active": int(at.timestamp())}


@pytest.mark.parametrize(
    ("masters", "up"),
    [
        ([make_master(active=True)], True),
        ([make_master(active=True), make_master(active=False, hours_ago=5)], False),
        ([make_master(active=True), make_master(active=False, hours_ago=500)], True),
        ([make_master(active=False, hours_ago=500)], False),
        ([], False),
    ],
)
def test_a_master_that_is_away_hides_its_builders(masters: list[Any], up: bool) -> None:
    assert are_masters_up({"masters": masters}, NOON) is up


def test_builders_come_with_their_workers() -> None:
    builders = [
        {"builderid": 1, "name": "A", "tags": ["stable", 7, None], "masterids": [1]},
        {"builderid": 2, "name": "B", "tags": None, "masterids": []},
    ]
    workers = [
        {
            "name": "w1",
            "configured_on": [{"builderid": 1, "masterid": 1}],
            "connected_to": [{"masterid": 1}],
        },
        {"name": "w2", "configured_on": [{"builderid": 1, "masterid": 1}]},
    ]
    assert parse_builder_list({"builders": builders}, {"workers": workers}) == (
        ListedBuilder(1, "A", frozenset({"stable"}), frozenset({"w1", "w2"}), here=True),
        ListedBuilder(2, "B", frozenset(), frozenset(), here=False, connected=False),
    )


@pytest.mark.parametrize(
    "state", [{"connected_to": []}, {"paused": True}, {"graceful": True}, {"connected_to": None}]
)
def test_a_builder_whose_worker_takes_no_builds_is_not_asked(state: dict[str, Any]) -> None:
    worker = {
        "name": "w1",
        "configured_on": [{"builderid": 1, "masterid": 1}],
        "connected_to": [{"masterid": 1}],
    }
    builders = [{"builderid": 1, "name": "A", "tags": [], "masterids": [1]}]
    (builder,) = parse_builder_list({"builders": builders}, {"workers": [worker | state]})
    assert not builder.connected


@pytest.mark.parametrize("odd", [None, {}, [{"builderid": 0}], [{"builderid": 1, "name": "A"}]])
def test_an_odd_list_is_no_list(odd: object) -> None:
    """From half a list all others would seem to be gone."""
    with pytest.raises(Malformed):
        parse_builder_list({"builders": odd}, {"workers": []})
