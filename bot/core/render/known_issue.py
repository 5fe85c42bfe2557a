"""The issue of the project's tracker that tells of an incident, in a sentence.

In: what is known of it. Out: Markdown with a link; nothing of what people wrote there.
"""

from bot.core.model import Incident
from bot.core.model.tracker import IssueState, KnownIssue
from bot.core.render.markdown import make_link, make_text


def render_known_issue(issue: KnownIssue | None, incident: Incident, website: str) -> str:
    """Empty where none is known; a guess is told as one."""
    if issue is None:
        return ""
    link = make_link(make_text(issue.place, 150), issue.make_url(website))
    words = "An issue that reads like it" if issue.is_guess else "The issue about it"
    return f"{words}: {link}{describe_state(issue, incident)}."


def describe_state(issue: KnownIssue, incident: Incident) -> str:
    """What is not as one would think; empty: it is open."""
    if issue.state is IssueState.GONE:
        return " (gone)"
    if issue.state is IssueState.OPEN:
        return ""
    why = f" as {issue.state_reason.replace('_', ' ')}" if issue.state_reason else ""
    return f" (closed{why}, and it came back)" if came_back(issue, incident) else f" (closed{why})"


def came_back(issue: KnownIssue, incident: Incident) -> bool:
    """Whether it went red after the issue was closed."""
    closed = issue.state is IssueState.CLOSED
    return closed and issue.closed_at is not None and incident.opened_at > issue.closed_at
