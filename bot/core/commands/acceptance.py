"""Whether anything that a comment asks for is done at all.

In: the comment as its delivery told of it, and as GitHub has it now. Out: a refusal with its
reason, or None. All times are GitHub's own.
"""

from datetime import datetime, timedelta

from bot.core.commands.decision import CommandDecision
from bot.core.commands.parser import MOST_COMMANDS, ParsedCommands
from bot.core.commands.replies import render_too_many
from bot.core.model import Comment
from bot.core.model.commands import CommandResult, UserComment

# Who has waited longer than this has given up, or asked again.
_TOO_LATE = timedelta(hours=1)


def find_flood(comments_in_an_hour: int, most: int) -> CommandDecision | None:
    """Of one person; asked before anything is read: long comments gain nothing by that."""
    if comments_in_an_hour <= most:
        return None
    return CommandDecision(CommandResult.REFUSED, f"More than {most} comments in an hour.")


def find_refusal(
    comment: UserComment,
    found: Comment | None,
    *,
    own_login: str,
    started: datetime,
    now: datetime | None,
) -> CommandDecision | None:
    """Why nothing of a comment is done; `started` is when GitHub first answered us."""
    if found is None or found.body != comment.body:
        return _ignore("It was deleted or edited before it was read.")
    if not _is_the_same(found, comment):
        return _ignore("GitHub tells otherwise of it.")
    if comment.author.lower() == own_login.lower():
        return _ignore("It is our own.")
    if comment.created_at < started:
        return _ignore("It was said before the first start.")
    if now is None or now - comment.created_at > _TOO_LATE:
        return CommandDecision(CommandResult.REFUSED, "It is older than an hour.")
    return None


def find_unreadable(parsed: ParsedCommands) -> CommandDecision | None:
    """Why nothing of it can be done as it is written."""
    if parsed.too_many:
        return CommandDecision(CommandResult.NOT_UNDERSTOOD, render_too_many(MOST_COMMANDS))
    if parsed.given_up:
        return CommandDecision(CommandResult.REFUSED, "It took too long to read.")
    return None


def _ignore(reason: str) -> CommandDecision:
    return CommandDecision(CommandResult.IGNORED, reason)


def _is_the_same(found: Comment, comment: UserComment) -> bool:
    """Whether GitHub has the comment as we were told of it: by whom, where, and when."""
    return (
        found.author.lower() == comment.author.lower()
        and found.number == comment.number
        and found.created_at == comment.created_at
    )
