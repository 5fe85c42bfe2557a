"""What is said on a pull, and above all what is not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import (
    Announcement,
    Incident,
    IncidentState,
    RegressionRange,
    Suspect,
    Verdict,
)
from bot.core.policy.decide import (
    PULL,
    Intent,
    decide,
    find_revert_time,
    find_unannounced,
    suppress,
)
from bot.core.policy.thresholds import DEFAULT_POLICY
from tests.support.refs import ref, refs

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
BEFORE, AFTER = NOON - timedelta(hours=1), NOON + timedelta(hours=1)

ACCUSING = Incident(
    id="1f",
    branch="main",
    signatures=(),
    builders=("AMD64 Fedora",),
    verdict=Verdict.SUSPECTED,
    state=IncidentState.OPEN,
    range=RegressionRange("a" * 40, "b" * 40),
    ranges=(),
    suspects=(),
    opened_at=NOON,
    first_red_build=ref(1),
    red_builds=refs(1, 2),
    pull=7,
    confidence=0.95,
    reason="Every commit left belongs to pull 7.",
)
UNSURE = replace(ACCUSING, verdict=Verdict.UNKNOWN, pull=None, reason="Two pulls are left.")
LEANING = replace(UNSURE, suspects=(Suspect("b" * 40, 7, 0.84), Suspect("c" * 40, 8, 0.1)))
SAID = Announcement("1f", "suspected", "open", NOON)


def states(
    incident: Incident, said: Sequence[Announcement] = (), since: datetime | None = BEFORE
) -> list[IncidentState]:
    decision = decide(7, [incident], said, since, DEFAULT_POLICY)
    assert (decision.silence is None) == bool(decision.intents)
    return [intent.state for intent in decision.intents]


@pytest.mark.parametrize(
    ("incident", "since", "number", "why"),
    [
        (UNSURE, BEFORE, 7, "Two pulls are left."),
        (ACCUSING, BEFORE, 8, "Every commit left belongs to pull 7."),
        (replace(ACCUSING, confidence=0.7), BEFORE, 7, "It is only 70% sure."),
        (replace(ACCUSING, state=IncidentState.FIXED), BEFORE, 7, "It was over"),
        (replace(ACCUSING, state=IncidentState.CLOSED), BEFORE, 7, "It was over"),
        (ACCUSING, None, 7, "Speaking is not switched on."),
        (ACCUSING, NOON, 7, "It was red before"),
        (ACCUSING, AFTER, 7, "It was red before"),
    ],
)
def test_silence_has_a_reason(
    incident: Incident, since: datetime | None, number: int, why: str
) -> None:
    decision = decide(number, [incident], (), since, DEFAULT_POLICY)
    assert decision.intents == ()
    assert decision.silence is not None
    assert decision.silence.startswith(why)


def test_nothing_to_say_has_a_reason_too() -> None:
    assert decide(7, (), (), BEFORE, DEFAULT_POLICY).silence == "No incident accuses this pull."


@pytest.mark.parametrize(
    ("incident", "expected"),
    [
        (ACCUSING, IncidentState.OPEN),
        (replace(ACCUSING, state=IncidentState.FIXED), IncidentState.FIXED),
        (replace(ACCUSING, state=IncidentState.CLOSED), IncidentState.CLOSED),
        (replace(ACCUSING, pull=8), IncidentState.WITHDRAWN),
        (UNSURE, IncidentState.WITHDRAWN),
        (replace(UNSURE, state=IncidentState.FIXED), IncidentState.WITHDRAWN),
        (replace(ACCUSING, confidence=0.5), IncidentState.OPEN),
        (LEANING, IncidentState.OPEN),
        (replace(LEANING, verdict=Verdict.FLAKY), IncidentState.OPEN),
    ],
    ids=[
        *("stands", "fixed", "closed", "another pull", "unsure", "unsure and fixed", "less sure"),
        *("half is left", "half is left of what fails at a rate"),
    ],
)
@pytest.mark.parametrize("since", [None, AFTER], ids=["off", "switched on later"])
def test_what_was_said_is_followed_to_its_end(
    incident: Incident, expected: IncidentState, since: datetime | None
) -> None:
    """An accusation that no longer holds must not stand, whatever the settings are now."""
    assert states(incident, [SAID], since) == [expected]


def test_the_first_builder_that_passes_with_the_fix_takes_nothing_back() -> None:
    """The other builders are not done, and less sure than it takes to accuse is not "sorry"."""
    (stands,) = decide(7, [LEANING], [SAID], BEFORE, DEFAULT_POLICY).intents
    assert (stands.verdict, stands.state) == (Verdict.SUSPECTED, IncidentState.OPEN)
    (ruled,) = decide(
        7, [replace(LEANING, verdict=Verdict.FLAKY)], [SAID], BEFORE, DEFAULT_POLICY
    ).intents
    assert ruled.verdict is Verdict.FLAKY


def test_it_is_said_once_we_may() -> None:
    assert states(ACCUSING) == [IncidentState.OPEN]
    assert states(replace(ACCUSING, verdict=Verdict.CONFIRMED)) == [IncidentState.OPEN]


@given(st.permutations([replace(ACCUSING, id=name) for name in "abcd"]))
def test_the_order_of_incidents_does_not_matter(incidents: list[Incident]) -> None:
    """The same facts give the same comment, byte for byte."""
    decision = decide(7, incidents, (), BEFORE, DEFAULT_POLICY)
    assert [i.incident.id for i in decision.intents] == ["a", "b", "c", "d"]


def test_who_is_hushed_is_silent_with_the_reason() -> None:
    """A wish or an old build silences what is new; what was said goes on being followed."""
    old, new = ACCUSING, replace(ACCUSING, id="2e")
    decision = decide(7, [old, new], [SAID], BEFORE, DEFAULT_POLICY)
    assert find_unannounced(decision, [SAID]) == (new,)
    assert [i.incident.id for i in suppress(decision, {"2e": "Muted."}).intents] == ["1f"]
    alone = decide(7, [new], [], BEFORE, DEFAULT_POLICY)
    assert suppress(alone, {"2e": "Muted."}).silence == "Muted."
    assert suppress(alone, {"2e": "Muted."}).intents == ()
    assert suppress(alone, {}) == alone
    nothing = decide(7, [], [], BEFORE, DEFAULT_POLICY)
    assert suppress(nothing, {"2e": "Muted."}) == nothing


def test_a_revert_is_worth_a_word_after_a_day_or_on_many_machines() -> None:
    """Only of what is confirmed, and still red."""
    many = replace(ACCUSING, builders=tuple(f"b{n}" for n in range(10)))
    day = timedelta(days=1)
    for incident, verdict, state, expected in (
        (ACCUSING, Verdict.CONFIRMED, IncidentState.OPEN, NOON + day),
        (many, Verdict.CONFIRMED, IncidentState.OPEN, NOON),
        (many, Verdict.SUSPECTED, IncidentState.OPEN, None),
        (many, Verdict.CONFIRMED, IncidentState.FIXED, None),
    ):
        intent = Intent(PULL, incident, verdict, state)
        assert find_revert_time(intent, DEFAULT_POLICY) == expected
