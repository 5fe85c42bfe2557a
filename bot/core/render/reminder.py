"""A reminder, in a comment of its own: what is still red, and the two ways to end it.

In: an incident, and since when. Out: Markdown of our own words, with the marker by which it is
found again.
"""

from bot.core.model import Incident
from bot.core.model.counts import count_words
from bot.core.render.headline import LinkContext, Report, find_what, find_where


def make_reminder_marker(incident_id: str) -> str:
    """The hidden name of a reminder: there is one for each incident at most."""
    return f"<!-- nightswatch reminder={incident_id} -->"


def render_reminder(incident: Incident, hours: int, place: LinkContext) -> str:
    """Said once; whoever answers it, or lets it stand, is not asked again."""
    report = Report(incident, incident.verdict, incident.state)
    what = f"{find_what(report, 120)} {find_where(report, 3)}"
    page = place.link_incident(incident)
    ways = (
        "Other people's failures hide behind it. Is a fix on its way? Then"
        f" `{place.prefix} fixed-by` with its pull or commit closes this once it is green."
        f" If not, `{place.prefix} revert` opens a pull that takes this one back; it can land"
        " again with the fix."
    )
    return "\n\n".join(
        [
            f"**Still red after {count_words(hours, 'hour')}, and no fix in sight:** {what}.",
            ways,
            *([f"<sub>{page}</sub>"] if page else []),
            make_reminder_marker(incident.id),
        ]
    )
