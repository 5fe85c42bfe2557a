"""How long people asked us to be silent."""

from datetime import timedelta

import pytest

from bot.core.commands.decision import CommandDecision, MuteRequest
from bot.core.model.commands import AuditEntry, CommandResult, Role, UserComment
from bot.reconcile.command_mutes import find_end_of_pause, make_mute
from tests.support.make_stored import MOMENT

SAID = UserComment(1, "octo-org/demo", 7, 101, "alice", "/buildbot pause 2", MOMENT)


def make_entry(argument: str, result: CommandResult = CommandResult.DONE) -> AuditEntry:
    given = (1, 7, 0, 101, "alice", Role.MAINTAIN, "pause", argument, MOMENT, MOMENT)
    return AuditEntry(*given, result, "")


def test_of_several_pauses_the_last_one_counts() -> None:
    later = [make_entry("2"), make_entry("5")]
    assert find_end_of_pause(later) == MOMENT + timedelta(hours=5, seconds=1)


def test_a_pause_that_was_not_allowed_never_ends_because_it_never_began() -> None:
    assert find_end_of_pause([make_entry("2", CommandResult.NOT_ALLOWED)]) is None


@pytest.mark.parametrize(
    ("hours", "until", "over"),
    [(None, None, False), (0, None, True), (2, MOMENT + timedelta(hours=2), False)],
)
def test_silence_for_ever_for_a_while_or_no_more(
    hours: int | None, until: object, over: bool
) -> None:
    asked = CommandDecision(CommandResult.DONE, mute=MuteRequest(101, hours))
    mute = make_mute(SAID, asked, MOMENT)
    assert mute is not None
    assert (mute.number, mute.person, mute.until, mute.over) == (101, "alice", until, over)


def test_other_commands_silence_nobody() -> None:
    assert make_mute(SAID, CommandDecision(CommandResult.DONE), MOMENT) is None
