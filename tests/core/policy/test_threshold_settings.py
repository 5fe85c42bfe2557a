"""Thresholds that people set: a wrong one is told at once, and none is forgotten."""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app.settings import Settings
from bot.cli.backtest import find_policy
from bot.core.errors import UserError
from bot.core.policy.threshold_settings import (
    MEANINGS,
    POLICIES,
    PREFIX,
    make_policy,
    parse_threshold,
    render_threshold,
    set_confidence,
)
from bot.core.policy.thresholds import DEFAULT_POLICY, EAGER_POLICY, Policy, make_patient
from tests.app.test_settings import ENOUGH

PAGE = (Path(__file__).parents[3] / "docs" / "settings.md").read_text()


def test_every_threshold_can_be_set() -> None:
    assert list(MEANINGS) == [field.name for field in fields(Policy)]


@pytest.mark.parametrize("name", MEANINGS)
def test_the_page_tells_the_true_default(name: str) -> None:
    default = render_threshold(name)
    assert parse_threshold(name, default) == getattr(DEFAULT_POLICY, name)
    assert f"| `{PREFIX}{name.upper()}` |  | `{default}` | {MEANINGS[name]} |" in PAGE


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


def test_who_may_ask_for_builds_waits_for_them() -> None:
    """What a person set all the same is what holds; where only people ask nothing changes."""
    asking = {**ENOUGH, "BUILDS_ON_REQUEST": "auto"}
    patient = make_patient(DEFAULT_POLICY)
    assert Settings.from_environ(asking).policy == patient
    assert find_policy(None, (), {}, waits=True) == patient
    assert patient.confidence_of_paths > DEFAULT_POLICY.confidence_of_paths
    eager = Settings.from_environ({**asking, "POLICY_CONFIDENCE": "0.6"}).policy
    assert (eager.confidence, eager.confidence_of_paths) == (0.6, patient.confidence_of_paths)
    people = {**ENOUGH, "BUILDS_ON_REQUEST": "people"}
    assert Settings.from_environ(people).policy == DEFAULT_POLICY


def test_all_that_is_wrong_is_named_at_once() -> None:
    wrong = {"POLICY": "wild", "POLICY_CONFIDENCE": "1.5", "POLICY_FAILURES_NEEDED": "none"}
    with pytest.raises(UserError) as caught:
        Settings.from_environ({**ENOUGH, **wrong})
    for words in (
        "POLICY must be one of careful, default, eager",
        "POLICY_CONFIDENCE must be a number from 0.5 to 1",
        "POLICY_FAILURES_NEEDED must be a whole number from 1",
    ):
        assert words in str(caught.value)
    with pytest.raises(UserError, match=r"noise must be a number.*sureness is no threshold"):
        make_policy(DEFAULT_POLICY, {"noise": "nan", "sureness": "1"})
    with pytest.raises(UserError, match="must look like confidence"):
        find_policy(None, ("confidence",), {})


@pytest.mark.parametrize("sure", [0.0, 0.5, 0.97, 1.0])
@pytest.mark.parametrize("name", POLICIES)
def test_one_confidence_stands_for_every_limit(name: str, sure: float) -> None:
    """`--confidence 0.5` left limits of .95 in force, and told what nobody had asked for."""
    policy = set_confidence(POLICIES[name], sure)
    told = [getattr(policy, f.name) for f in fields(Policy) if f.name.startswith("confidence")]
    left = [getattr(policy, f.name) for f in fields(Policy) if f.name.startswith("noise")]
    assert set(told) == {sure}
    assert set(left) == {1.0 - sure}
