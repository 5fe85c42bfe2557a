"""When a belief is news: what people read of it is another text."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.model import IncidentState, Suspect, Verdict
from bot.core.model.decisions import is_news, make_belief
from tests.support.make_stored import MOMENT, make_incident
from tests.support.refs import refs

INCIDENT = make_incident(
    "i1",
    verdict=Verdict.SUSPECTED,
    pull=12,
    confidence=0.80,
    reason="It began there.",
    suspects=(Suspect("a" * 40, 12, 0.8), Suspect("b" * 40, 13, 0.1)),
)


@pytest.mark.parametrize(
    ("change", "news"),
    [
        ({}, False),
        ({"confidence": 0.809}, False),
        ({"confidence": 0.81}, True),
        ({"verdict": Verdict.CONFIRMED}, True),
        ({"state": IncidentState.FIXED}, True),
        ({"pull": 13}, True),
        ({"reason": "Another build says so."}, True),
        ({"red_builds": refs(1, 2)}, True),
        ({"suspects": (Suspect("a" * 40, 12, 0.8), Suspect("b" * 40, 13, 0.104))}, False),
        ({"suspects": (Suspect("a" * 40, 12, 0.8), Suspect("b" * 40, 13, 0.2))}, True),
        ({"suspects": (Suspect("a" * 40, 12, 0.8),)}, True),
    ],
)
def test_news_is_what_people_read_otherwise(change: dict[str, Any], *, news: bool) -> None:
    before = make_belief(INCIDENT, MOMENT)
    later = make_belief(replace(INCIDENT, **change), MOMENT + timedelta(hours=1))
    assert is_news(before, later) is news


def test_the_first_belief_is_news() -> None:
    assert is_news(None, make_belief(INCIDENT, MOMENT))


def test_a_belief_keeps_the_likeliest_suspects_and_the_percentage_that_people_read() -> None:
    many = tuple(Suspect(f"{n:040}", n, 0.05) for n in range(20))
    belief = make_belief(replace(INCIDENT, suspects=many, confidence=0.999), MOMENT)
    assert belief.suspects == many[:8]
    assert belief.percent == 99, "nobody is told more than we know"
