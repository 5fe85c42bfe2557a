"""The end of an API version is told in time, and of a day that has passed nothing is made light."""

from datetime import timedelta

import pytest

from bot.core.checks.github import diagnose_deprecation
from bot.core.checks.result import Level
from bot.core.payloads.diagnostics import Deprecation
from tests.support.clock import NOON


@pytest.mark.parametrize(
    ("days", "level"), [(-1, Level.FAIL), (1, Level.FAIL), (179, Level.FAIL), (181, Level.WARN)]
)
def test_an_end_that_is_near_fails(days: int, level: Level) -> None:
    ends = NOON + timedelta(days=days)
    result = diagnose_deprecation(Deprecation("2022-11-28", None, ends), NOON)
    assert result.level is level
    assert f"{ends:%F}" in result.words
    assert result.todo


def test_a_deprecation_without_a_day_warns_and_none_is_well() -> None:
    assert diagnose_deprecation(Deprecation("2022-11-28", NOON, None), NOON).level is Level.WARN
    assert diagnose_deprecation(None, NOON).level is Level.OK
