"""Every threshold of the policy as something that people may set.

In: names and texts, from the environment or a command line. Out: a `Policy`, or all that is wrong
with them at once. The reasons for the numbers stand in `thresholds.py`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.core.errors import UserError
from bot.core.policy.thresholds import CAREFUL_POLICY, DEFAULT_POLICY, EAGER_POLICY, Policy

PREFIX = "POLICY_"
POLICIES = {"careful": CAREFUL_POLICY, "default": DEFAULT_POLICY, "eager": EAGER_POLICY}

# By field of `Policy`: what it means, for people.
MEANINGS = {
    "confidence": "A pull is told from this probability on.",
    "confidence_of_paths": "... and from this one on where paths decide between several.",
    "confidence_of_passed": "... and from this one on where a builder that showed it has passed.",
    "confidence_again": "... and from this one on where the same failure accused another pull.",
    "noise": "Flaky and environment together may have at most this probability.",
    "noise_of_environment": "Environment alone may have at most this probability.",
    "failures_needed": "So many failures have to agree.",
    "noise_of_one": "With less noise than this, one failure suffices.",
    "plain_until": "Up to so many builds of a fleet, one pull left and two red builds suffice.",
    "confirmed": "From this probability on it is called confirmed.",
    "confirmed_reds": "So many red builds are needed for that, on two machines.",
    "flaky": "An incident is called flaky from this probability on.",
    "environment": "It is called environment from this probability on.",
    "old": "It is called old from this probability on.",
    "withdraw_below": "What was said is withdrawn when the pull has less than this probability.",
    "quiet_after": "Days after which an incident is closed that nothing is seen of.",
    "suspects_kept": "So many suspects are kept of an incident.",
    "suspect_above": "Less likely suspects are left out.",
    "revert_after": "Days without a fix after which a revert is mentioned, once it is confirmed.",
    "revert_builders": "On so many builders a revert is mentioned at once.",
}
_MOST = 1000  # of anything that is counted: builds, suspects, days


def parse_threshold(name: str, text: str) -> Any:
    """The value of a field of `Policy`; raises `ValueError` that says what it must be."""
    default = getattr(DEFAULT_POLICY, name)
    if isinstance(default, bool):
        return _parse_switch(text)
    if isinstance(default, float):
        return _parse_share(text, least=0.5 if name.startswith("confidence") else 0.0)
    if isinstance(default, timedelta):
        return timedelta(days=_parse_count(text))
    return _parse_count(text)


def render_threshold(name: str) -> str:
    """The default of a field of `Policy`, as it would be set."""
    value = getattr(DEFAULT_POLICY, name)
    if isinstance(value, timedelta):
        return str(value.days)
    return str(int(value)) if isinstance(value, bool) else str(value)


def make_policy(base: Policy, texts: Mapping[str, str]) -> Policy:
    """The base with these fields set; raises `UserError` with all that is wrong."""
    values, problems = {}, []
    for name, text in texts.items():
        if name not in MEANINGS:
            problems.append(f"{name} is no threshold: {', '.join(MEANINGS)}")
            continue
        try:
            values[name] = parse_threshold(name, text)
        except ValueError as error:
            problems.append(f"{name} {error}")
    if problems:
        raise UserError("; ".join(problems))
    return replace(base, **values)


def set_confidence(policy: Policy, confidence: float) -> Policy:
    """The policy that tells a pull exactly where it has this much of the belief.

    What is left may as well be a flake or an outage, and one failure suffices.
    """
    left = 1.0 - confidence
    return replace(
        policy,
        confidence=confidence,
        confidence_of_paths=confidence,
        confidence_of_passed=confidence,
        confidence_again=confidence,
        noise=left,
        noise_of_environment=left,
        noise_of_one=left,
    )


def _parse_switch(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError("must be 1 or 0")
    return text == "1"


def _parse_share(text: str, least: float) -> float:
    words = f"must be a number from {least:g} to 1, like 0.9"
    try:
        value = float(text)
    except ValueError as error:
        raise ValueError(words) from error
    if not least <= value <= 1.0:
        raise ValueError(words)
    return value


def _parse_count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST:
        raise ValueError(f"must be a whole number from 1 to {_MOST}")
    return int(text)
