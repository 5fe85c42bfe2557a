"""A report as plain text, for a mail: no mark-up, no pictures, and nothing that addresses anybody.

In: a `Document`, all of whose texts are plain and may be hostile. Out: lines.
"""

from collections.abc import Iterator, Sequence

from bot.core.notices.words import clean
from bot.core.reports.documents import Document, Section

_LONGEST = 600


def render_text_document(document: Document) -> str:
    """Each section with its rows, one a line."""
    return "\n".join(line for s in document.sections for line in _list_section(s)).rstrip()


def _list_section(section: Section) -> Iterator[str]:
    yield section.title
    yield "-" * len(section.title)
    table = section.table
    if table is not None and table.rows:
        yield from (_render_row(table.heads, row) for row in table.rows)
    elif section.empty:
        yield section.empty
    if section.note:
        yield clean(section.note, _LONGEST)
    yield ""


def _render_row(heads: Sequence[str], row: Sequence[str]) -> str:
    """What it is about, and then each figure with its name."""
    first, *rest = (clean(cell, _LONGEST) for cell in row)
    told = [
        f"{head}: {cell}" for head, cell, had in zip(heads[1:], rest, row[1:], strict=True) if had
    ]
    return "; ".join([f"* {first}", *told])
