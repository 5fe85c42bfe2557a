"""Issues that people ask for: which order is about a cause, and what becomes of it in words.

In: orders, causes. Out: an order, or a sentence for its answer.
"""

from collections.abc import Iterable

from bot.core.model.tracker import IssueOrder, IssueSource, KnownIssue, TrackedCause
from bot.core.render.markdown import make_link, make_text


def find_order_of(cause: TrackedCause, orders: Iterable[IssueOrder]) -> IssueOrder | None:
    """The first one that is about it and not done; the others follow in their turn."""
    return next((order for order in orders if order.incident in cause.incidents), None)


def render_done(cause: TrackedCause, issue: KnownIssue, website: str) -> str:
    """Where it is told now."""
    link = make_link(make_text(issue.place, 150), issue.make_url(website))
    problem = f" {make_text(cause.problem, 200)}." if cause.problem else ""
    if issue.is_guess:
        return (
            f"{link} reads like it, so nothing was filed. `file-issue #{issue.number}` if it is the"
            " same, `file-issue anyway` if it is not."
        )
    if issue.source is IssueSource.FILED:
        return f"It is told in {link}, which is ours.{problem}"
    return f"It is told in {link}: what is new is kept up to date in our comment there."


def render_failed(reason: str) -> str:
    """Why it is told nowhere."""
    return f"No issue was filed: {make_text(reason, 300)}."
