"""`status` tells the issue of an incident beside it."""

from types import SimpleNamespace
from typing import Any

from bot.core.commands.decision import GivenCommand
from bot.core.commands.parser import find_command
from bot.core.commands.queries import decide_status
from bot.core.model import Pull
from bot.core.model.tracker import IssueSource, KnownIssue
from bot.core.render.headline import LinkContext
from tests.support.make_stored import make_incident

PULL = Pull(1, 101, "Change it", "ada", "main", merged=True, merge_sha="b" * 40, locked=False)


def test_the_issue_of_an_incident_stands_beside_it() -> None:
    context: Any = SimpleNamespace(
        pull=PULL,
        incidents=(make_incident("i1"), make_incident("i2")),
        builds=(),
        silence=None,
        place=LinkContext("o/r", 101, "https://github.com"),
        issues={"i2": KnownIssue("o/r", 12, IssueSource.FILED)},
    )
    answer = decide_status(GivenCommand(find_command("status"), "", 0, context)).answer
    assert answer.count("The issue about it: ") == 1
    assert answer.rstrip(".").endswith("(https://github.com/o/r/issues/12)")
