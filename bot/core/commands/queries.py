"""Commands that only tell: they store nothing.

In: a `GivenCommand`. Out: a `CommandDecision` with an answer.
"""

from bot.core.commands.arguments import find_builders
from bot.core.commands.decision import CommandDecision, GivenCommand
from bot.core.commands.replies import render_explanation, render_help, render_status
from bot.core.model.commands import CommandResult


def decide_help(given: GivenCommand) -> CommandDecision:
    """What can be said to us."""
    return CommandDecision(CommandResult.DONE, render_help(given.context.prefix))


def decide_status(given: GivenCommand) -> CommandDecision:
    """What is known of this pull."""
    context = given.context
    answer = render_status(
        context.pull,
        context.incidents,
        context.builds,
        context.place,
        silence=context.silence,
        issues=context.issues,
    )
    return CommandDecision(CommandResult.DONE, answer)


def decide_explain(given: GivenCommand) -> CommandDecision:
    """The evidence of the incidents that are meant, whole."""
    context = given.context
    names = [r.incident for r in context.reports]
    chosen = find_builders(names, given.argument) if given.argument else names
    if not chosen:
        missing = "No incident here is on a builder of that name." if names else ""
        return CommandDecision(
            CommandResult.NOT_UNDERSTOOD, missing or "No incident concerns this pull."
        )
    reports = [r for r in context.reports if r.incident in chosen]
    return CommandDecision(CommandResult.DONE, render_explanation(reports, context.place))
