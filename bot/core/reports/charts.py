"""Small pictures as SVG, to stand in a page, a file or a mail; each says in words what it shows.

In: labels and numbers. Out: the text of one `<svg>`. No style stands in it but attributes, so that
it is drawn under the page's own rules for styles; its words have the colour of the text around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bot.core.render.control_characters import show_controls

_WIDTH = 640
_ROW, _LABEL, _VALUE = 22, 210, 120
_TALL, _COLUMN_TEXT = 110, 34
_FILL = "#3b76d6"  # 3:1 and more on white and on black
_LONGEST = 30  # letters of a label


def draw_bars(title: str, rows: Sequence[tuple[str, float, str]]) -> str:
    """Bars from left to right: label, a share of 1, and what stands behind the bar."""
    room = _WIDTH - _LABEL - _VALUE
    parts = []
    for at, (label, share, words) in enumerate(rows):
        y = at * _ROW
        width = round(room * min(max(share, 0.0), 1.0), 1)
        parts.append(
            f"<title>{_text(label)}: {_text(words)}</title>"
            + _write(_LABEL - 8, y + 15, _cut(label), anchor="end")
            + f'<rect x="{_LABEL}" y="{y + 4}" width="{max(width, 1.0):g}" height="{_ROW - 8}"'
            f' fill="{_FILL}"/>' + _write(_LABEL + width + 6, y + 15, words)
        )
    body = "".join(f"<g>{part}</g>" for part in parts)
    return _frame(title, len(rows) * _ROW, body)


def draw_columns(title: str, columns: Sequence[tuple[str, int]]) -> str:
    """Columns from left to right: what stands below each, and its number, which is on top."""
    most = max((number for _, number in columns), default=0) or 1
    step = _WIDTH / max(len(columns), 1)
    parts = []
    for at, (label, number) in enumerate(columns):
        height = round(number / most * _TALL, 1)
        x, top = round(at * step + step * 0.15, 1), 18 + _TALL - height
        middle = round((at + 0.5) * step, 1)
        parts.append(
            f"<title>{_text(label)}: {number}</title>"
            f'<rect x="{x:g}" y="{top:g}" width="{round(step * 0.7, 1):g}"'
            f' height="{max(height, 1.0):g}" fill="{_FILL}"/>'
            + _write(middle, top - 5, str(number), anchor="middle")
            + _write(middle, 18 + _TALL + 16, label, anchor="middle")
        )
    body = "".join(f"<g>{part}</g>" for part in parts)
    return _frame(title, 18 + _TALL + _COLUMN_TEXT, body)


def _frame(title: str, height: float, body: str) -> str:
    return (
        f'<svg class="picture" viewBox="0 0 {_WIDTH} {max(height, 1):g}" role="img"'
        f' aria-label="{_text(title)}" font-size="12" fill="currentColor"'
        f' xmlns="http://www.w3.org/2000/svg">{body}</svg>'
    )


def _write(x: float, y: float, words: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{_text(words)}</text>'


def _cut(label: str) -> str:
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"


def _text(words: str) -> str:
    return escape(show_controls(words))
