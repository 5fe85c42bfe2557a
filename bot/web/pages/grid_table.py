"""The cells of the grid as HTML: thousands of them, so that no template goes through each.

In: rows of the core. Out: one `Markup` for each row; everything from outside is escaped here.
"""

from collections.abc import Sequence
from datetime import UTC

from markupsafe import Markup, escape

from bot.core.fleet.builder_record import RecentBuild
from bot.core.fleet.grid import BracketPiece, GridCell, GridRow
from bot.core.model import Incident, Verdict
from bot.core.model.build_results import is_red
from bot.web.html import find_build_page, find_look
from bot.web.words import tell_time

# What else fails is red, whatever is believed of it.
_TOLD = frozenset({Verdict.SUSPECTED, Verdict.FLAKY, Verdict.ENVIRONMENT})

_MOST_SHOWN = 3  # builds of one builder in one row, side by side


def count_lanes(rows: Sequence[GridRow]) -> int:
    """How many brackets stand side by side: a page without any has no room for them."""
    return max((piece.lane + 1 for row in rows for piece in row.brackets), default=0)


def render_row(
    row: GridRow, builders: Sequence[str], lanes: int, website: str, repository: str
) -> Markup:
    """A whole `<tr>`."""
    head = _render_commit(row, website, repository) if row.commit else _render_hour(row)
    cells = "".join(
        f"<td>{_render_cell(cell, builder)}" if cell else "<td>"
        for cell, builder in zip(row.cells, builders, strict=True)
    )
    return Markup(f"<tr>{_render_brackets(row.brackets, lanes)}{head}{cells}\n")  # noqa: S704 - escaped


def _render_commit(row: GridRow, website: str, repository: str) -> str:
    commit = row.commit
    assert commit is not None  # noqa: S101 - its caller asked
    place, title = escape(f"{website}/{repository}"), escape(commit.title)
    pull = f' <a href="{place}/pull/{commit.pull}">#{commit.pull}</a>' if commit.pull else ""
    link = (
        f'<a href="{place}/commit/{escape(commit.sha)}"><code>{escape(commit.sha[:7])}</code></a>'
    )
    return f'<th scope="row"><div title="{title}">{link}{pull} <span>{title}</span></div>'


def _render_hour(row: GridRow) -> str:
    return f'<th scope="row"><div>{tell_time(row.hour)}</div>'


def _render_brackets(pieces: Sequence[BracketPiece], lanes: int) -> str:
    by_lane = {piece.lane: piece for piece in pieces}
    return "".join(
        _render_piece(by_lane[lane]) if lane in by_lane else '<td class="lane">'
        for lane in reversed(range(lanes))
    )


def _render_piece(piece: BracketPiece) -> str:
    incident = piece.incident
    look = find_look(incident.verdict)
    words = escape(f"{incident.id}: {incident.verdict.value}")
    # One link for each range is enough for who goes through them by keyboard.
    link = (
        f'<a href="/incidents/{escape(incident.id)}" title="{words}"></a>'
        if piece.piece in {"top", "only"}
        else ""
    )
    return f'<td class="lane {piece.piece} {look}" title="{words}">{link}'


def _render_cell(cell: GridCell, builder: str) -> str:
    shown = cell.builds[:_MOST_SHOWN]
    marks = "".join(_render_build(build, incident, builder) for build, incident in shown)
    more = len(cell.builds) - len(shown)
    return f"{marks}<small>+{more}</small>" if more else marks


def _render_build(build: RecentBuild, incident: Incident | None, builder: str) -> str:
    result = build.result.name.lower() if build.result is not None else "running"
    words = f"{builder} #{build.number}: {result}"
    look = find_look(build.result)
    if incident is not None and is_red(build.result):
        look = find_look(incident.verdict) if incident.verdict in _TOLD else look
        words += f", {incident.id} ({incident.verdict.value})"
    # Of one that runs there is nothing to read here yet.
    page = escape(build.url if build.result is None else find_build_page(build.ref))
    if build.expected_at is not None:
        words += f", should end {build.expected_at.astimezone(UTC):%H:%M} UTC"
    return f'<a class="mark {look}" href="{page}" title="{escape(words)}"></a>'
