"""What somebody wrote into a log may be read, and does nothing to who reads it."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.render.control_characters import show_controls


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b]0;title\x07", "\\u001b]0;title\\u0007"),
        ("\x9b31m", "\\u009b31m"),  # one letter that begins a sequence as well
        ("over\rwritten", "over\\u000dwritten"),
        ("\u202egnp.exe", "\\u202egnp.exe"),  # reads backwards
        ("grün ✓ 日本", "grün ✓ 日本"),
    ],
)
def test_what_steers_is_spelled(text: str, shown: str) -> None:
    assert show_controls(text) == shown


@given(st.text())
def test_nothing_that_steers_is_left(text: str) -> None:
    left = {letter for letter in show_controls(text) if unicodedata.category(letter) == "Cc"}
    assert left <= {"\t", "\n"}


@given(st.text())
def test_a_json_document_means_the_same(text: str) -> None:
    document = json.dumps({"log": text}, ensure_ascii=False)
    assert json.loads(show_controls(document)) == {"log": text}
