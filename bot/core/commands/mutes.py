"""Commands that silence us, or end that.

In: a `GivenCommand`. Out: a `CommandDecision` with a `MuteRequest`.
"""

import re

from bot.core.commands.decision import CommandDecision, GivenCommand, MuteRequest
from bot.core.model.commands import CommandResult

_LONGEST_PAUSE = 30 * 24  # hours: who wants more, wants us gone


def decide_mute(given: GivenCommand) -> CommandDecision:
    """Nothing more is said on this pull."""
    return CommandDecision(CommandResult.DONE, mute=MuteRequest(given.context.pull.number, None))


def decide_unmute(given: GivenCommand) -> CommandDecision:
    """What is due on this pull is said again."""
    return CommandDecision(CommandResult.DONE, mute=MuteRequest(given.context.pull.number, 0))


def decide_pause(given: GivenCommand) -> CommandDecision:
    """Nothing is said in this repository for some hours."""
    text = given.argument
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= _LONGEST_PAUSE:
        asked = f"Hours are a whole number from 1 to {_LONGEST_PAUSE}."
        return CommandDecision(CommandResult.NOT_UNDERSTOOD, asked)
    return CommandDecision(CommandResult.DONE, mute=MuteRequest(None, int(text)))


def decide_resume(_: GivenCommand) -> CommandDecision:
    """The pause of this repository ends."""
    return CommandDecision(CommandResult.DONE, mute=MuteRequest(None, 0))
