"""A report as Markdown and as HTML: sections with a table, a picture and a note.

In: a `Document`, all of whose texts are plain and may be hostile. Out: text to be posted, sent or
shown as it is: nothing in it addresses people, runs, or makes a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from bot.core.render.control_characters import show_controls
from bot.core.render.markdown import make_text

_CELL = 600  # letters of one text


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of plain texts."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """SVG of our own; Markdown leaves it out, since its table tells the same."""

    svg: str


@dataclass(frozen=True, slots=True)
class Section:
    """One part; `empty` is said where its table has no row."""

    title: str
    empty: str
    table: Table | None = None
    picture: Picture | None = None
    note: str = ""
    is_drawn: bool = False  # the picture tells all of the table, which only Markdown needs then


@dataclass(frozen=True, slots=True)
class Document:
    """All of it."""

    title: str
    summary: str
    sections: tuple[Section, ...]


# ---------------------------------------------------------------- Markdown


def render_markdown_document(document: Document) -> str:
    """As GitHub and mail programs show it."""
    lines = [f"# {document.title}", "", _say(document.summary), ""]
    for section in document.sections:
        lines += [f"## {section.title}", "", *_list_markdown(section)]
    return "\n".join(lines).rstrip() + "\n"


def _list_markdown(section: Section) -> Iterator[str]:
    if section.table is not None and section.table.rows:
        yield _join(section.table.heads)
        yield "|" + "---|" * len(section.table.heads)
        for row in section.table.rows:
            yield _join([_say(text) for text in row])
        yield ""
    elif section.empty:
        yield section.empty
        yield ""
    if section.note:
        yield _say(section.note)
        yield ""


def _say(text: str) -> str:
    return make_text(text, _CELL)


def _join(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


# ---------------------------------------------------------------- HTML

_STYLE = (
    "body{font:16px/1.45 system-ui,sans-serif;max-width:60rem;margin:1rem auto;padding:0 1rem;"
    "color:#1c2128;background:#fff}"
    "h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}"
    ".table{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}"
    "th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #d0d7de;"
    "vertical-align:top;overflow-wrap:anywhere;min-width:4rem}"
    ".picture{width:100%;min-width:28rem;max-width:40rem;height:auto;display:block;margin:.5rem 0}"
    "@media(max-width:40rem){.stack thead{display:none}.stack tr{display:block;padding:.5rem 0;"
    "border-bottom:1px solid #d0d7de}.stack td{display:flex;gap:.5rem;border:0;padding:.1rem 0}"
    ".stack td span{min-width:0;overflow-wrap:anywhere}"
    ".stack td::before{content:attr(data-label);flex:0 0 7rem;color:#57606a}}"
    "@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}"
    "th,td{border-color:#30363d}}"
)


def render_html_document(document: Document) -> str:
    """A page that needs nothing else: no script, no address."""
    title = _text(document.title)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{_STYLE}</style></head>\n"
        f"<body><main><h1>{title}</h1>\n{render_html_body(document)}</main></body></html>\n"
    )


def render_html_body(document: Document) -> str:
    """What lies below the title, for a page that has a title and styles of its own."""
    parts = [f"<p>{_text(document.summary)}</p>"]
    for section in document.sections:
        parts += [f"<section><h2>{_text(section.title)}</h2>", *_list_html(section), "</section>"]
    return "\n".join(parts) + "\n"


def _list_html(section: Section) -> Iterator[str]:
    if section.picture is not None:
        yield f'<div class="table plain" tabindex="0">{section.picture.svg}</div>'
    is_drawn = section.picture is not None and section.is_drawn
    if section.table is not None and section.table.rows and not is_drawn:
        heads = "".join(f"<th>{_text(head)}</th>" for head in section.table.heads)
        yield f'<div class="table"><table class="stack"><thead><tr>{heads}</tr></thead><tbody>'
        for row in section.table.rows:
            cells = zip(section.table.heads, row, strict=True)
            told = "".join(
                f'<td data-label="{_text(h)}"><span>{_text(c)}</span></td>' for h, c in cells
            )
            yield f"<tr>{told}</tr>"
        yield "</tbody></table></div>"
    elif section.empty and not is_drawn:
        yield f"<p>{_text(section.empty)}</p>"
    if section.note:
        yield f"<p>{_text(section.note)}</p>"


def _text(words: str) -> str:
    return escape(show_controls(words))
