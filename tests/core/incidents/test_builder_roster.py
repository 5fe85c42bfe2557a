"""Builders between two looks at a master: who left, who came back, who is called otherwise now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.incidents.builder_roster import make_roster, update_roster
from bot.core.model import KnownBuilder, ListedBuilder
from tests.support.make_observations import make_observation

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
THERE = datetime(2026, 3, 2, 11, tzinfo=UTC)
GRACE = timedelta(hours=1)
STABLE = frozenset({"stable"})


def listed(
    builderid: int,
    name: str,
    worker: str = "wk",
    *,
    here: bool = True,
    tags: frozenset[str] = STABLE,
) -> ListedBuilder:
    return ListedBuilder(builderid, name, tags, frozenset({worker} if here else ()), here)


def look(
    known: tuple[KnownBuilder, ...], *seen: ListedBuilder, hours: float = 0
) -> tuple[KnownBuilder, ...]:
    later = timedelta(hours=hours)
    found = update_roster(known, seen, "bb", now=NOON + later, there=THERE + later, grace=GRACE)
    # A look that nothing has changed since changes nothing.
    assert update_roster(found, seen, "bb", now=NOON + later, there=THERE, grace=GRACE) == found
    return found


OTHER = listed(9, "other", "wk-other")


def test_one_that_is_gone_is_believed_to_be_after_a_while() -> None:
    known = look((), listed(1, "A"), OTHER)
    for hours, gone in ((1.0, {}), (1.5, {}), (2.0, {"A": THERE + timedelta(hours=1)})):
        known = look(known, listed(1, "A", here=False), OTHER, hours=hours)
        assert make_roster(known).gone == gone
    known = look(known, listed(1, "A"), OTHER, hours=3)
    assert make_roster(known).gone == {}


def test_one_that_was_gone_before_we_came_is_gone() -> None:
    """A database of before has its builds, and what they keep open."""
    known = look((), listed(1, "A", here=False), OTHER)
    known = look(known, listed(1, "A", here=False), OTHER, hours=1)
    assert set(make_roster(known).gone) == {"A"}


def test_without_any_builder_nothing_is_concluded() -> None:
    known = look((), listed(1, "A"), OTHER)
    away = (listed(1, "A", here=False), replace(OTHER, here=False))
    assert update_roster(known, away, "bb", now=NOON, there=THERE, grace=GRACE) == known
    assert update_roster(known, (), "bb", now=NOON, there=THERE, grace=GRACE) == known


def rename(*came: ListedBuilder, hours: float = 1) -> dict[str, str | None]:
    """Who A is, where these came at the look after it was gone."""
    known = look((), listed(1, "A"), listed(2, "C", "wk-c"), OTHER)
    gone = (listed(1, "A", here=False), listed(2, "C", "wk-c"), OTHER)
    known = look(known, *gone, *(came if hours == 1 else ()), hours=1)
    known = look(known, *gone, *came, hours=max(hours, 1.01))
    known = look(known, *gone, *came, hours=4)
    return {builder.name: builder.successor for builder in known if builder.settled}


@pytest.mark.parametrize(
    ("came", "heir"),
    [
        ((listed(5, "B"),), "B"),
        ((), None),
        ((listed(5, "B", "wk-5"),), None),
        ((listed(5, "B", tags=frozenset()),), None),
        ((listed(5, "B"), listed(6, "D")), None),
        ((listed(5, "B"), listed(6, "D", "wk-6")), "B"),
    ],
)
def test_a_rename_is_followed_only_where_it_is_sure(
    came: tuple[ListedBuilder, ...], heir: str | None
) -> None:
    assert rename(*came) == {"A": heir}


def test_who_came_hours_later_is_somebody_else() -> None:
    assert rename(listed(5, "B"), hours=3) == {"A": None}


def test_two_that_left_together_cannot_both_be_the_one_that_came() -> None:
    known = look((), listed(1, "A"), listed(2, "C"), OTHER)
    gone = (listed(1, "A", here=False), listed(2, "C", here=False), listed(5, "B"), OTHER)
    known = look(known, *gone, hours=1)
    known = look(known, *gone, hours=3)
    assert [builder.successor for builder in known if builder.settled] == [None, None]


def test_builds_count_under_the_present_name() -> None:
    known = look((), listed(1, "A"), OTHER)
    for hours in (1, 2):
        known = look(known, listed(1, "A", here=False), listed(5, "B"), OTHER, hours=hours)
    for hours in (3, 4):
        known = look(known, listed(5, "B", here=False), listed(6, "C"), OTHER, hours=hours)
    roster = make_roster(known)
    build = make_observation(1, "A", "a")
    assert roster.find_name(build) == "C"
    assert roster.find_name(replace(build, builder="other")) == "other"
    assert roster.find_name(replace(build, source="another")) == "A"
    assert roster.gone == {}


def test_a_name_that_passed_to_another_parts_their_builds() -> None:
    """A was taken out, and C is called A now: what A was red for is no story of C's."""
    known = look((), listed(1, "A", "wk-a"), listed(3, "C", "wk-c"), OTHER)
    known = look(known, listed(1, "A", here=False), listed(3, "C", "wk-c"), OTHER, hours=1)
    swapped = (listed(1, "A", "wk-c"), listed(3, "C", here=False), OTHER)
    known = look(known, *swapped, hours=3)
    known = look(known, *swapped, hours=5)
    roster = make_roster(known)
    old = replace(make_observation(1, "A", "a"), complete_at=THERE)
    new = replace(old, complete_at=THERE + timedelta(hours=6))
    assert roster.find_name(old) == "A (until 2026-03-02)"
    assert roster.find_name(new) == "A"
    assert set(roster.gone) == {"A (until 2026-03-02)"}
