"""The subscription of a pull: its name is none of the settings', and holds where it is."""

import pytest

from bot.core.notices.followers import (
    find_followed_pull,
    make_pull_subscription,
    may_be_mentioned,
)
from bot.core.notices.subscriptions import parse_subscriptions
from tests.core.notices.test_decide import SUBJECT  # what an incident is asked for by


def test_a_name_tells_its_pull() -> None:
    subscription = make_pull_subscription(7, 101)
    assert find_followed_pull(subscription.name) == (7, 101)
    assert subscription.wants(SUBJECT)
    assert subscription.wants({**SUBJECT, "verdict": frozenset({"flaky"})})


@pytest.mark.parametrize("name", ["core", "pull", "pull/7", "pull/x/1", "pull/7/101/2"])
def test_other_names_are_of_settings(name: str) -> None:
    assert find_followed_pull(name) is None


def test_settings_cannot_take_such_a_name_or_medium() -> None:
    for row in ('name = "pull/7/101"\nirc = "#a"', 'name = "a"\npull = "7/101"'):
        with pytest.raises(ValueError, match=r"name|no setting"):
            parse_subscriptions(f"[[subscriptions]]\n{row}")


@pytest.mark.parametrize("login", ["mona", "Mona-Lisa", "a", "mona_corp", "x" * 39])
def test_people_are_mentioned(login: str) -> None:
    assert may_be_mentioned(login)


@pytest.mark.parametrize("login", ["", "renovate[bot]", "org/team", "a b", "@a", "-a", "x" * 40])
def test_nothing_else_is(login: str) -> None:
    assert not may_be_mentioned(login)
