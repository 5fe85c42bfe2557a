"""What a command does: who gave it where, and what is known there, in; a decision out.

Nothing of a decision depends on what the text of the comment claims: the role is GitHub's, the
incidents are ours, and arguments only choose among them. No answer repeats an argument, so that
none can mention or link anything.
"""

from collections.abc import Callable

from bot.core.commands.decision import (
    CommandContext,
    CommandDecision,
    GivenCommand,
    misunderstand,
    refuse,
)
from bot.core.commands.file_issue import decide_file_issue
from bot.core.commands.following import decide_subscribe, decide_unsubscribe
from bot.core.commands.mutes import decide_mute, decide_pause, decide_resume, decide_unmute
from bot.core.commands.overrides import (
    decide_blame,
    decide_fixed_by,
    decide_flaky,
    decide_infra,
    decide_not_me,
    decide_undo,
)
from bot.core.commands.parser import ParsedCommand, Permission, Place, find_command
from bot.core.commands.queries import decide_explain, decide_help, decide_status
from bot.core.commands.replies import render_unknown
from bot.core.commands.requests import (
    decide_bisect,
    decide_cancel,
    decide_rerun,
    decide_test,
)
from bot.core.commands.revert import decide_revert
from bot.core.model.commands import CommandResult, Role


def decide_command(call: ParsedCommand, position: int, context: CommandContext) -> CommandDecision:
    """What becomes of one command, the one at `position` of its comment."""
    if call.name is None:
        return CommandDecision(
            CommandResult.NOT_UNDERSTOOD, render_unknown(call.nearest, context.prefix)
        )
    command = find_command(call.name)
    if not _is_permitted(command.who, context):
        return refuse(command)
    misplaced = _find_misplaced(command.place, context)
    if misplaced is not None:
        return CommandDecision(CommandResult.NOT_ALLOWED, misplaced)
    if "<" in command.arguments and not call.argument:
        return misunderstand(command, context)
    return _DECISIONS[command.name](GivenCommand(command, call.argument, position, context))


def _find_misplaced(place: Place, context: CommandContext) -> str | None:
    if place is Place.MERGED and not context.pull.merged:
        return "This pull is not merged: there is nothing to decide about it."
    if place is Place.OPEN and not context.pull.is_open:
        return "This pull is not open: there is nothing to test."
    return None


def _is_permitted(who: Permission, context: CommandContext) -> bool:
    writes = context.role.is_at_least(Role.WRITE)
    if who is Permission.MAINTAIN:
        return context.role.is_at_least(Role.MAINTAIN)
    # Of an undo it is decided for each override.
    return {Permission.WRITE: writes, Permission.AUTHOR: writes or context.is_author}.get(who, True)


_DECISIONS: dict[str, Callable[[GivenCommand], CommandDecision]] = {
    "help": decide_help,
    "status": decide_status,
    "explain": decide_explain,
    "not-me": decide_not_me,
    "blame": decide_blame,
    "flaky": decide_flaky,
    "infra": decide_infra,
    "fixed-by": decide_fixed_by,
    "undo": decide_undo,
    "rerun": decide_rerun,
    "bisect": decide_bisect,
    "test": decide_test,
    "cancel": decide_cancel,
    "revert": decide_revert,
    "file-issue": decide_file_issue,
    "subscribe": decide_subscribe,
    "unsubscribe": decide_unsubscribe,
    "mute": decide_mute,
    "unmute": decide_unmute,
    "pause": decide_pause,
    "resume": decide_resume,
}
