"""What is answered to a command: a few lines of Markdown, made of our own words only.

Input: what is known. Output: text for one reply, with the hidden marker by which it is found
again. It mentions nobody, and repeats nothing of what it answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.core.commands.parser import COMMANDS, Command
from bot.core.model import ACCUSING, BuildRecord, Incident, IncidentState, Pull, Verdict
from bot.core.model.build_results import is_green, is_red
from bot.core.model.tracker import KnownIssue
from bot.core.render.headline import LinkContext, Report, find_what, find_where, render_headline
from bot.core.render.known_issue import render_known_issue
from bot.core.render.markdown import make_link, make_text
from bot.core.render.sections import RenderLimits, render_sections

_MOST_BUILDS = 30
_MOST_INCIDENTS = 5


def make_reply_marker(comment_id: int) -> str:
    """The hidden name of a reply: the comment that it answers."""
    return f"<!-- nightswatch command={comment_id} -->"


def render_reply(comment_id: int, answers: Sequence[str]) -> str:
    """One reply for all commands of a comment; what is said twice is said once."""
    return "\n\n".join([*dict.fromkeys(a for a in answers if a), make_reply_marker(comment_id)])


# ---------------------------------------------------------------- about commands


def render_help(prefix: str) -> str:
    """The table of commands, short."""
    rows = [f"| `{prefix} {c.usage}` | {c.who} | {c.does} |" for c in COMMANDS]
    head = "| command | who | what it does |\n|---|---|---|"
    return "\n".join([head, *rows]) + "\n\nAt the start of a line, in a new comment."


def render_usage(command: Command, prefix: str) -> str:
    """How it is written."""
    return f"Write it like this: `{prefix} {command.usage}`"


def render_unknown(nearest: str | None, prefix: str) -> str:
    """There is no such command; perhaps another was meant."""
    meant = f" Did you mean `{prefix} {nearest}`?" if nearest else ""
    return f"There is no such command.{meant} `{prefix} help` shows all of them."


def describe_incidents(incidents: Sequence[Incident], what: str) -> str:
    """Several could be meant: which there are, and what would tell them apart."""
    rows = [
        f"- `{incident.id}`: {find_what(report, 120)} {find_where(report, 5)}"
        for incident in incidents[:_MOST_INCIDENTS]
        for report in (Report(incident, incident.verdict, incident.state),)
    ]
    return "\n".join([f"These incidents are open here; {what}:", *rows])


# ---------------------------------------------------------------- about builds


def render_status(
    pull: Pull,
    incidents: Sequence[Incident],
    builds: Sequence[BuildRecord],
    place: LinkContext,
    *,
    silence: str | None,
    issues: Mapping[str, KnownIssue],
) -> str:
    """The builds of a pull's merge commit, and the incidents that concern it, with their issues."""
    if not pull.merged:
        return "This pull is not merged: its commit was not built."
    commit = place.link_commit(pull.merge_sha)
    if builds:
        shown = ", ".join(_render_build(facts) for facts in builds[:_MOST_BUILDS])
        more = f" and {len(builds) - _MOST_BUILDS} more" if len(builds) > _MOST_BUILDS else ""
        lines = [f"Builds of {commit}: {shown}{more}."]
    else:
        lines = [f"No build of {commit} itself is known; later ones hold it, too."]
    if not incidents:
        lines.append("No incident concerns this pull.")
    for incident in incidents[:_MOST_INCIDENTS]:
        known = render_known_issue(issues.get(incident.id), incident, place.website)
        lines.append(_render_incident(incident) + (f" {known}" if known else ""))
    if silence:
        lines.append(f"Why nothing is said here: {make_text(silence, 300)}")
    return "\n\n".join(lines)


def _render_build(facts: BuildRecord) -> str:
    result = facts.build.result
    sign = "🔴" if is_red(result) else "🟢" if is_green(result) else "⚪"
    return f"{sign} {make_link(make_text(facts.builder.name, 60), facts.url)}"


def _render_incident(incident: Incident) -> str:
    report = Report(incident, incident.verdict, incident.state)
    sure = f" ({incident.percent}%)" if incident.verdict in ACCUSING else ""
    said = [f"**{find_what(report, 120)}** {find_where(report, 5)}: {incident.verdict}{sure}"]
    said.append(f", {incident.state}. {make_text(incident.reason, 300)}")
    awaited = " ".join(make_text(sentence, 200) for sentence in incident.awaited)
    return "".join(said) + (f" Awaited: {awaited}" if awaited else "")


# ---------------------------------------------------------------- about the reasoning


def render_explanation(reports: Sequence[Report], place: LinkContext) -> str:
    """The failures and the reasoning: evidence, for and against, the log, how to reproduce it."""
    room = RenderLimits(reports=3, logs=1, lines=40, tests=10)
    parts = [_explain(report, place, room) for report in reports[: room.reports]]
    if len(reports) > room.reports:
        parts.append(f"And {len(reports) - room.reports} more; name a builder to see it.")
    return "\n\n---\n\n".join(parts)


def _explain(report: Report, place: LinkContext, room: RenderLimits) -> str:
    incident = report.incident
    accuses = incident.pull == place.number and incident.verdict in ACCUSING
    is_open = incident.state is IncidentState.OPEN
    headline = (
        render_headline(report, place) if accuses or not is_open else _render_incident(incident)
    )
    # The evidence is shown whatever it comes to; a withdrawn comment would hide it.
    shown = replace(report, verdict=Verdict.SUSPECTED, state=IncidentState.OPEN)
    return "\n\n".join([headline, *render_sections(shown, place, room)])


def render_too_many(most: int) -> str:
    """A flood of commands."""
    return f"A comment may hold {most} commands at most; none of these was run."
