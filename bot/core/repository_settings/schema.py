"""The table as people and editors read it: a JSON Schema, and a page.

In: `ROWS`. Out: a document of https://json-schema.org/draft-07/schema, and lines of Markdown.
"""

from collections.abc import Iterator

from bot.core.repository_settings.table import ROWS, Row


def make_schema() -> dict[str, object]:
    """For editors that know TOML by a schema, such as Taplo."""
    sections = dict.fromkeys(row.section for row in ROWS if row.section)
    properties = _describe("") | {name: _make_object(_describe(name)) for name in sections}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Night's Watch: settings of a repository",
        **_make_object(properties),
    }


def _describe(section: str) -> dict[str, object]:
    rows = (row for row in ROWS if row.section == section)
    return {row.name: {"description": row.meaning, **row.schema} for row in rows}


def _make_object(properties: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def render_table() -> Iterator[str]:
    """Lines of Markdown, one for each setting."""
    yield "| setting | example | meaning |"
    yield "|---|---|---|"
    for row in ROWS:
        yield f"| `{row.title}` | `{_shorten(row)}` | {row.meaning} |"


def render_example() -> Iterator[str]:
    """A whole file, with every setting at its example."""
    section = ""
    for row in ROWS:
        if row.section != section:
            section = row.section
            yield f"\n[{section}]"
        yield f"{row.name} = {row.example}  # {row.meaning}"


def _shorten(row: Row) -> str:
    return row.example.replace("|", "\\|")
