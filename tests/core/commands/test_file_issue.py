"""`file-issue`: which incident is meant, and which issue."""

from types import SimpleNamespace
from typing import Any

import pytest

from bot.core.commands.decision import GivenCommand
from bot.core.commands.file_issue import decide_file_issue
from bot.core.commands.parser import find_command
from bot.core.model import IncidentState
from bot.core.model.commands import CommandResult, UserComment
from tests.support.make_stored import MOMENT, make_incident

SAID = UserComment(1, "o/r", 7, 101, "writer", "/buildbot file-issue", MOMENT)
ONE, OTHER = make_incident("0a1b"), make_incident("ffee")


def decide(argument: str, *incidents: Any, no_tracker: str | None = None) -> Any:
    context: Any = SimpleNamespace(
        comment=SAID, open=incidents, no_tracker=no_tracker, prefix="/buildbot"
    )
    return decide_file_issue(GivenCommand(find_command("file-issue"), argument, 0, context))


@pytest.mark.parametrize(
    ("argument", "incident", "number", "anyway"),
    [
        ("0a1b", "0a1b", None, False),
        ("`ffee` anyway", "ffee", None, True),
        ("#12 ff", "ffee", 12, False),
    ],
)
def test_an_argument_only_chooses(
    argument: str, incident: str, number: int | None, *, anyway: bool
) -> None:
    (order,) = decide(argument, ONE, OTHER).issue_orders
    assert (order.incident, order.number, order.anyway) == (incident, number, anyway)


@pytest.mark.parametrize("argument", ["", "nothing", "a b c", "#0", "#99999999999999999999"])
def test_what_could_mean_several_or_none_orders_nothing(argument: str) -> None:
    decision = decide(argument, ONE, OTHER)
    assert decision.result is CommandResult.NOT_UNDERSTOOD
    assert decision.issue_orders == ()


def test_of_one_incident_nothing_has_to_be_said() -> None:
    assert decide("", ONE).result is CommandResult.DONE
    assert decide("").answer == "No open incident concerns this pull."


def test_where_nothing_is_filed_it_says_why() -> None:
    decision = decide("", ONE, no_tracker="Issues are not filed here (`TRACKER`).")
    assert (decision.result, decision.issue_orders) == (CommandResult.NOT_ALLOWED, ())
    assert ONE.state is IncidentState.OPEN
