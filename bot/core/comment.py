"""Verdicts → the one comment on a pull, as Markdown.

Input: the reports that should stand on a pull. Output: its text, the same for the same facts in
any order. The hidden marker at its end is how the comment is found again; it is trusted only where
the author is the bot itself.
"""

from collections.abc import Sequence

from bot.core.evidence import Room, render_sections
from bot.core.model import IncidentState, Verdict
from bot.core.report import Exhibit, Place, Report, find_stage, render_headline

__all__ = ["LIMIT", "Exhibit", "Report", "make_marker", "render_comment"]

LIMIT = 10_000
"""GitHub takes 65,536 characters; on a phone nobody reads more than a few screens."""

# From roomy to bare; the first that fits is taken. What is cut first is what the links lead to.
_ROOMS = (
    Room(reports=5),
    Room(reports=5, logs=1, lines=15),
    Room(reports=5, logs=1, lines=6, widest=120),
    Room(reports=5, logs=0),
    Room(reports=2, logs=0, tests=3, rows=3),
    Room(reports=1, logs=0, tests=1, rows=1),
    Room(reports=0),
    Room(reports=0, headlines=1),
)
# What may still be wrong comes before what is over.
_URGENCY = (
    Verdict.CONFIRMED,
    Verdict.SUSPECTED,
    IncidentState.FIXED,
    IncidentState.CLOSED,
    IncidentState.WITHDRAWN,
)
_OPEN = (Verdict.CONFIRMED, Verdict.SUSPECTED)

_TO_DO = (
    "A fix or a revert, merged like any other change, is all it takes: "
    "this comment follows by itself once the builders are green again."
)
_TO_OBJECT = "Not this change? Reply here and say why; a maintainer reads it."


def make_marker(number: int, thread: int) -> str:
    """The hidden name of a comment: the pull, and which of our comments there."""
    return f"<!-- nightswatch pull={number} thread={thread} -->"


def render_comment(
    repository: str,
    number: int,
    thread: int,
    reports: Sequence[Report],
    *,
    dashboard_url: str | None,
    website: str = "https://github.com",
) -> str:
    """What should stand on pull `number` of `repository` ("owner/name"); under `LIMIT` letters."""
    place = Place(repository, number, website, dashboard_url)
    ordered = sorted(reports, key=_find_order)
    marker = make_marker(number, thread)
    bodies = (f"{_render_body(ordered, place, room)}\n\n{marker}\n" for room in _ROOMS)
    return next(body for body in bodies if len(body) < LIMIT)


def _find_order(report: Report) -> tuple[int, object, str]:
    incident = report.incident
    return (_URGENCY.index(find_stage(report)), incident.opened_at, incident.id)


def _render_body(reports: Sequence[Report], place: Place, room: Room) -> str:
    parts = [
        _render_report(report, place, room if index < room.reports else None)
        for index, report in enumerate(reports[: room.headlines])
    ]
    if len(reports) > 1:
        # The first line is all that a mail's subject or a phone shows.
        first, _, rest = parts[0].partition("\n")
        parts[0] = f"{first} *{len(reports) - 1} more below.*\n{rest}".rstrip("\n")
    if len(reports) > room.headlines:
        parts.append(f"And {len(reports) - room.headlines} more.")
    return "\n\n---\n\n".join(parts) + _render_end(reports)


def _render_report(report: Report, place: Place, room: Room | None) -> str:
    """Headline, sections where there is room, and the way to all the rest."""
    sections = render_sections(report, place, room) if room else []
    page = place.link_incident(report.incident)
    more = [f"All of the evidence is on {page}."] if page and room else []
    return "\n\n".join([render_headline(report, place), *sections, *more])


def _render_end(reports: Sequence[Report]) -> str:
    """What the author can do, and how to object; nothing once all is over."""
    if not any(find_stage(report) in _OPEN for report in reports):
        return ""
    return f"\n\n---\n\n{_TO_DO}\n\n<sub>{_TO_OBJECT}</sub>"
