"""Which builders are in the wrong place: a table of builders, and what is advised of each."""

from datetime import timedelta

import pytest

from bot.core.fleet.advice import (
    AdviceFacts,
    BuilderMonth,
    LastSeen,
    advise,
    tell_days,
)
from bot.core.model import Incident, Verdict
from tests.core.fleet.test_release import GREEN, NOW, ODD, RED, Row, make_record
from tests.support.make_stored import make_incident

ACCUSED = make_incident("i", builders=("A",), verdict=Verdict.SUSPECTED)
LONG_AGO = NOW - timedelta(days=90)


def advise_on(
    row: Row, month: BuilderMonth | None = None, *incidents: Incident
) -> tuple[tuple[str, str], ...]:
    facts = AdviceFacts({"A": month} if month else {}, (), ())
    found = advise([(make_record("A", row), incidents)], facts, NOW)
    return tuple((a.kind.value, a.words) for a in found)


CASES: dict[str, tuple[Row, BuilderMonth | None, str | None]] = {
    "stable and green": (Row("", (GREEN,) * 12), BuilderMonth(40, 1, 0), None),
    "stable, and red for ten builds": (Row("", (RED,) * 10), None, "demote"),
    "red for nine is a bad day": (Row("", (RED,) * 9 + (GREEN,)), None, None),
    "fails every second time": (Row("", (GREEN, RED)), BuilderMonth(20, 10, 0), "demote"),
    "fails seldom": (Row("", (GREEN, RED)), BuilderMonth(20, 9, 0), None),
    "too few builds to tell": (Row("", (GREEN, RED)), BuilderMonth(9, 9, 0), None),
    "the machine gives up": (Row("", (GREEN, ODD)), BuilderMonth(7, 0, 3), "demote"),
    "unstable and green ten times": (Row("", (GREEN,) * 10, stable=False), None, "promote"),
    "with an odd end between": (Row("", (GREEN, ODD) * 6, stable=False), None, None),
    "unstable and red": (Row("", (RED,) * 12, stable=False), BuilderMonth(20, 20, 0), None),
    "long idle": (Row("", (RED,) * 12, hours=24 * 8), None, None),
}


@pytest.mark.parametrize("name", CASES)
def test_a_builder_is_advised_on_by_its_figures(name: str) -> None:
    row, month, kind = CASES[name]
    found = advise_on(row, month)
    assert [k for k, _ in found] == ([kind] if kind else [])


def test_a_builder_that_shows_a_known_culprit_does_its_work() -> None:
    assert advise_on(Row("", (RED,) * 12), None, ACCUSED) == ()


def test_the_numbers_are_told_and_an_afternoon_is_no_week() -> None:
    (found,) = advise_on(Row("", (GREEN,) * 11, stable=False))
    assert found == (
        "promote", "11 greens in a row over 10 hours: better wait for a week of it",
    )  # fmt: skip
    (found,) = advise_on(Row("", (GREEN, RED)), BuilderMonth(20, 10, 0))
    assert found == ("demote", "10 of 20 builds of a month failed")


def test_who_has_not_built_for_a_week_is_named_with_its_builders() -> None:
    facts = AdviceFacts(
        {},
        builders=[
            LastSeen("quiet", LONG_AGO, NOW - timedelta(days=9)),
            LastSeen("busy", LONG_AGO, NOW),
            LastSeen("new", NOW - timedelta(days=2), None),
        ],
        workers=[LastSeen("w", LONG_AGO, None, ("a", "b", "c", "d"))],
    )
    told = [(a.kind.value, a.name, a.words) for a in advise([], facts, NOW)]
    assert told == [
        ("worker away", "w", "no build in the 90 days that we know it; of a, b, c and 1 more"),
        ("silent", "quiet", "no build for 9 days"),
    ]


def test_days_are_told_as_people_do() -> None:
    assert [tell_days(timedelta(hours=h)) for h in (1, 5, 24, 60)] == [
        "1 hour", "5 hours", "1 day", "2 days",
    ]  # fmt: skip
