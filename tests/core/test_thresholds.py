"""Thresholds that people set: a wrong one is told at once, and none is forgotten."""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.backtest import find_policy
from bot.core.errors import UserError
from bot.core.policy import DEFAULT_POLICY, EAGER_POLICY, Policy
from bot.core.thresholds import MEANINGS, PREFIX, make_policy, parse_threshold, render_threshold
from bot.settings import Settings
from tests.test_settings import ENOUGH

README = (Path(__file__).parent.parent.parent / "README.md").read_text()


def test_every_threshold_can_be_set() -> None:
    assert list(MEANINGS) == [field.name for field in fields(Policy)]


@pytest.mark.parametrize("name", MEANINGS)
def test_the_readme_tells_the_true_default(name: str) -> None:
    default = render_threshold(name)
    assert parse_threshold(name, default) == getattr(DEFAULT_POLICY, name)
    assert f"| `{PREFIX}{name.upper()}` |  | `{default}` | {MEANINGS[name]} |" in README


def test_the_service_and_the_backtest_read_the_same_settings() -> None:
    environ = {"POLICY": "eager", "POLICY_CONFIDENCE": "0.85", "POLICY_QUIET_AFTER": "7"}
    policy = Settings.from_environ({**ENOUGH, **environ}).policy
    assert policy.confidence == 0.85
    assert policy.quiet_after == timedelta(days=7)
    assert policy.noise == EAGER_POLICY.noise
    assert find_policy(None, (), environ) == policy
    assert find_policy("default", ("confidence=0.95",), environ).confidence == 0.95
    assert find_policy(None, ("POLICY_CONFIDENCE=0.6",), environ).noise == EAGER_POLICY.noise
    assert Settings.from_environ(ENOUGH).policy == DEFAULT_POLICY


def test_all_that_is_wrong_is_named_at_once() -> None:
    wrong = {"POLICY": "wild", "POLICY_CONFIDENCE": "1.5", "POLICY_FAILURES_NEEDED": "none"}
    with pytest.raises(UserError) as caught:
        Settings.from_environ({**ENOUGH, **wrong})
    for words in (
        "POLICY must be one of default, eager",
        "POLICY_CONFIDENCE must be a number from 0.5 to 1",
        "POLICY_FAILURES_NEEDED must be a whole number from 1",
    ):
        assert words in str(caught.value)
    with pytest.raises(UserError, match=r"noise must be a number.*sureness is no threshold"):
        make_policy(DEFAULT_POLICY, {"noise": "nan", "sureness": "1"})
    with pytest.raises(UserError, match="must look like confidence"):
        find_policy(None, ("confidence",), {})
