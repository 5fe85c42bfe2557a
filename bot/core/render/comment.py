"""Verdicts → the one comment on a pull, as Markdown.

Input: the reports that should stand on a pull. Output: its text, the same for the same facts in
any order. The hidden marker at its end is how the comment is found again; it is trusted only where
the author is the bot itself.
"""

from collections.abc import Sequence

from bot.core.model import ACCUSING, IncidentState, Verdict
from bot.core.render.headline import (
    FailingBuild,
    LinkContext,
    Report,
    find_display_state,
    render_headline,
)
from bot.core.render.markdown import make_link
from bot.core.render.sections import RenderLimits, render_sections

__all__ = ["LIMIT", "FailingBuild", "Report", "make_marker", "render_comment"]

LIMIT = 10_000
"""GitHub takes 65,536 characters; on a phone nobody reads more than a few screens."""

# From roomy to bare; the first that fits is taken. What is cut first is what the links lead to.
_ROOMS = (
    RenderLimits(reports=5),
    RenderLimits(reports=5, logs=1, lines=15),
    RenderLimits(reports=5, logs=1, lines=6, widest=120),
    RenderLimits(reports=5, logs=0),
    RenderLimits(reports=2, logs=0, tests=3, commits=4, builders=3),
    RenderLimits(reports=1, logs=0, tests=1, commits=2, builders=1),
    RenderLimits(reports=0),
    RenderLimits(reports=0, headlines=1),
)
# What may still be wrong comes before what is over.
_URGENCY = (
    Verdict.CONFIRMED,
    Verdict.SUSPECTED,
    IncidentState.FIXED,
    IncidentState.CLOSED,
    IncidentState.WITHDRAWN,
)
_TO_DO = "**Please fix or revert {}**; this comment turns green by itself once the builders do."


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
    prefix: str = "/buildbot",
    guide: str | None = None,
) -> str:
    """What should stand on pull `number` of `repository` ("owner/name"); under `LIMIT` letters.

    `prefix` is what a command to us begins with, `guide` the project's page about its builders.
    """
    place = LinkContext(repository, number, website, dashboard_url, prefix, guide)
    ordered = sorted(reports, key=_find_order)
    marker = make_marker(number, thread)
    bodies = (f"{_render_body(ordered, place, room)}\n\n{marker}\n" for room in _ROOMS)
    return next(body for body in bodies if len(body) < LIMIT)


def _find_order(report: Report) -> tuple[int, object, str]:
    incident = report.incident
    return (_URGENCY.index(find_display_state(report)), incident.opened_at, incident.id)


def _render_body(reports: Sequence[Report], place: LinkContext, room: RenderLimits) -> str:
    parts = [
        _render_report(report, place, room if index < room.reports else None, len(reports) > 1)
        for index, report in enumerate(reports[: room.headlines])
    ]
    if len(reports) > 1:
        # The first line is all that a mail's subject or a phone shows.
        first, _, rest = parts[0].partition("\n")
        parts[0] = f"{first} *{len(reports) - 1} more below.*\n{rest}".rstrip("\n")
    if len(reports) > room.headlines:
        parts.append(f"And {len(reports) - room.headlines} more.")
    return "\n\n---\n\n".join(parts) + _render_end(reports, place)


def _render_report(
    report: Report, place: LinkContext, room: RenderLimits | None, one_of_many: bool
) -> str:
    """The headline, and sections where there is room; of many, each with a page of its own."""
    sections = render_sections(report, place, room) if room else []
    page = place.link_incident(report.incident) if one_of_many and room else None
    more = [f"<sub>{page}</sub>"] if page else []
    return "\n\n".join([render_headline(report, place), *sections, *more])


def _render_end(reports: Sequence[Report], place: LinkContext) -> str:
    """What is asked of the author, and how to object or ask; once all is over, where to read on."""
    pages = [place.link_incident(report.incident) for report in reports]
    page = pages[0] if len(pages) == 1 else None
    if not any(find_display_state(report) in ACCUSING for report in reports):
        return f"\n\n<sub>{page}</sub>" if page else ""
    commands = " · ".join(f"`{place.prefix} {word}`" for word in ("explain", "help"))
    object_to_it = f"Not this PR? `{place.prefix} not-me` and why"
    guide = make_link("about these builders", place.guide) if place.guide else None
    ways = " · ".join(part for part in (object_to_it, commands, page, guide) if part)
    # What stands last may be over, so that "it" would be misread.
    to_do = _TO_DO.format("it" if len(reports) == 1 else "what is red")
    return f"\n\n{to_do}\n\n<sub>{ways}</sub>"
