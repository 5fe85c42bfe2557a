"""Editors are told what the parser takes."""

import tomllib
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from bot.core.repository_settings.parse import parse_repository_settings
from bot.core.repository_settings.schema import make_schema, render_example, render_table
from bot.core.repository_settings.table import ROWS
from tests.core.repository_settings.test_parse import WRONG

SCHEMA: dict[str, Any] = make_schema()
EXAMPLE = "\n".join(render_example())


def test_the_example_is_right_for_the_parser_and_for_editors() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert parse_repository_settings(EXAMPLE.encode()).problems == ()
    assert list(Draft7Validator(SCHEMA).iter_errors(tomllib.loads(EXAMPLE))) == []


def test_every_setting_is_in_the_example_and_on_the_page() -> None:
    page = "\n".join(render_table())
    for row in ROWS:
        assert f"\n{row.name} = {row.example}  # {row.meaning}" in f"\n{EXAMPLE}"
        assert f"| `{row.title}` |" in page


# What only a parser sees: not TOML, too large, and what JSON Schema has no words for.
_BEYOND = ("a*b", "\\u0007", "# x", "me:secret", "![x]", "nan", "a = 1", "[[", ".a", "####")


@pytest.mark.parametrize("text", [t for t in WRONG if not any(b in t for b in _BEYOND)])
def test_an_editor_marks_what_the_parser_refuses(text: str) -> None:
    assert list(Draft7Validator(SCHEMA).iter_errors(tomllib.loads(text)))
