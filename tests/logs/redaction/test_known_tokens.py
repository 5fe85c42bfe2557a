"""Tokens of services: what decides which lines are looked at must pass none of them over."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logs.redaction.by_name import MASK
from bot.logs.redaction.known_tokens import KNOWN_TOKENS
from bot.logs.redaction.secrets import MAY_HOLD_TOKEN, redact_text


def _find_flags(token: re.Pattern[str]) -> int:
    """Its own; those of google-re2's are written in the pattern."""
    return token.flags if isinstance(token, re.Pattern) else 0


@pytest.mark.parametrize("token", KNOWN_TOKENS, ids=lambda t: t.pattern[:40])
def test_no_token_is_passed_over(token: re.Pattern[str]) -> None:
    """The detector is imported only where a line may hold one: a line too few is a leak."""

    @settings(max_examples=25, deadline=None)
    @given(st.from_regex(re.compile(token.pattern, _find_flags(token))))
    def check(text: str) -> None:
        assert MAY_HOLD_TOKEN.search(text)

    check()


def test_a_token_in_a_line_is_masked() -> None:
    line = "remote: ghp_" + "a1B2" * 9
    assert redact_text(line).count(MASK) == 1
    assert "a1B2" not in redact_text(line)
