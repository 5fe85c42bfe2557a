"""What is explained anew: in a rush every green build moves every belief a little."""

from typing import Any

import pytest

from bot.core.model import Incident, Suspect, Verdict
from bot.folding import is_news
from tests.store.make import make_incident


def make(p: float = 0.9, **changes: Any) -> Incident:
    suspects = (Suspect("a" * 40, 12, p), Suspect("b" * 40, 13, 0.97 - p))
    known: dict[str, Any] = {"pull": 12, "verdict": Verdict.SUSPECTED, "suspects": suspects}
    return make_incident("i1", **(known | changes))


def test_what_was_never_explained_is_news() -> None:
    assert is_news(None, make())


def test_a_green_build_that_hardly_moves_anything_is_none() -> None:
    """Explaining each of them took half of the processor's time."""
    assert not is_news(make(), make(p=0.905))


@pytest.mark.parametrize(
    "changes",
    [
        {"p": 0.85},
        {"pull": 13},
        {"verdict": Verdict.CONFIRMED},
        {"red_builds": (1, 2)},
        {"suspects": ()},
        {"suspects": (Suspect("a" * 40, 12, 0.9),)},
    ],
)
def test_what_people_would_read_otherwise_is_news(changes: dict[str, Any]) -> None:
    """A comment whose reasons are those of an older verdict would be wrong in public."""
    assert is_news(make(), make(**changes))
