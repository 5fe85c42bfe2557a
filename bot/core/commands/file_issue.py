"""`file-issue`: an issue that tells of a failure here, found or filed.

In: a `GivenCommand` with the incidents of its pull. Out: a `CommandDecision` with an order; what
became of it is edited into the answer. An argument only chooses: an open incident here, by the
beginning of its id; an issue, by its number; or a new one, though one reads like it.
"""

import re

from bot.core.commands.decision import CommandDecision, GivenCommand, misunderstand
from bot.core.commands.replies import describe_incidents
from bot.core.model import issue_key
from bot.core.model.commands import CommandResult
from bot.core.model.tracker import IssueOrder

FILE_ISSUE = "file-issue"
ANYWAY = "anyway"

_NUMBER = re.compile(r"#([1-9]\d{0,17})", re.ASCII)


def decide_file_issue(given: GivenCommand) -> CommandDecision:
    """An order for the one incident that is meant."""
    context, comment = given.context, given.context.comment
    if context.no_tracker is not None:
        return CommandDecision(CommandResult.NOT_ALLOWED, context.no_tracker)
    name, number, anyway = "", None, False
    for word in given.argument.replace("`", " ").split():
        found = _NUMBER.fullmatch(word)
        if found is not None:
            number = int(found[1])
        elif word.lower() == ANYWAY:
            anyway = True
        elif not name:
            name = word.lower()
        else:
            return misunderstand(given.command, context)
    chosen = [i for i in context.open if i.id.startswith(name)]
    if not context.open:
        words = "No open incident concerns this pull."
        return CommandDecision(CommandResult.NOT_UNDERSTOOD, words)
    if len(chosen) != 1:
        words = describe_incidents(context.open, "add the id of the one that you mean")
        return CommandDecision(CommandResult.NOT_UNDERSTOOD, words)
    order = IssueOrder(
        repo_id=comment.repo_id,
        comment_id=comment.comment_id,
        position=given.position,
        pull=comment.number,
        by=comment.author,
        incident=chosen[0].id,
        number=number,
        anyway=anyway,
    )
    return CommandDecision(
        CommandResult.DONE,
        "The tracker is looked through first; what comes of it is told here.",
        issue_orders=(order,),
        wakes=(issue_key(comment.repo_id),),
    )
