"""Commands by which people ask to be mentioned on a pull, or to be let alone.

In: a `GivenCommand`. Out: a `CommandDecision` that is about its giver and nobody else.
"""

from bot.core.commands.decision import CommandDecision, GivenCommand
from bot.core.model.commands import CommandResult
from bot.core.notices.followers import MOST_FOLLOWERS, may_be_mentioned


def decide_subscribe(given: GivenCommand) -> CommandDecision:
    """Whoever says so is mentioned here when an incident of this pull changes its state."""
    person, followers = given.context.comment.author, given.context.followers
    if not may_be_mentioned(person):
        return CommandDecision(CommandResult.NOT_ALLOWED, "Only people are mentioned.")
    if len(followers) >= MOST_FOLLOWERS and person.lower() not in followers:
        words = f"{MOST_FOLLOWERS} people are mentioned here already: that is the most."
        return CommandDecision(CommandResult.NOT_ALLOWED, words)
    return CommandDecision(CommandResult.DONE, follows=True)


def decide_unsubscribe(_: GivenCommand) -> CommandDecision:
    """They are mentioned here no more."""
    return CommandDecision(CommandResult.DONE, follows=False)
