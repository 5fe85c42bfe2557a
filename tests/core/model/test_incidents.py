"""How sure we are, in figures; and which builds showed an incident."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.model import IncidentState, Occurrence, find_percent
from tests.support.clock import NOON
from tests.support.make_observations import make_signature
from tests.support.make_stored import make_incident
from tests.support.refs import ref, refs

HOUR = timedelta(hours=1)
SSL = make_signature("test_ssl")


@pytest.mark.parametrize(
    ("p", "percent"),
    [(0.0, 0), (0.2899, 28), (0.29, 29), (0.579, 57), (0.99, 99), (0.9999, 99), (1.0, 99)],
)
def test_nobody_is_told_more_than_we_know(p: float, percent: int) -> None:
    """0.29 is a little less in binary; and 100 % is what nobody can be."""
    assert find_percent(p) == percent


def test_of_a_long_incident_some_builds_are_known_by_what_they_show() -> None:
    """Of more than 64 red builds those in the middle are not listed."""
    incident = replace(
        make_incident("i"),
        signatures=(SSL,),
        opened_at=NOON,
        closed_at=NOON + HOUR,
        state=IncidentState.FIXED,
        red_builds=refs(1, 99),
    )
    shows, flaked = (Occurrence(SSL),), (Occurrence(SSL, passed_on_rerun=True),)
    assert incident.is_shown_by(ref(1), NOON, ())
    assert incident.is_shown_by(ref(50), NOON + HOUR / 2, shows)
    assert not incident.is_shown_by(ref(50), NOON + HOUR / 2, flaked)
    assert not incident.is_shown_by(ref(50), NOON - HOUR, shows)
    assert not incident.is_shown_by(ref(50), NOON + 2 * HOUR, shows)
    assert incident.is_shown_by(ref(1, "other"), NOON, shows)
    assert not incident.is_shown_by(ref(1, "other"), NOON, ())
