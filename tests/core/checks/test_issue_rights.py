"""Whether issues may be filed: a choice of theirs, until `TRACKER` says that we file them."""

import pytest

from bot.core.checks.github import diagnose_grant
from bot.core.checks.result import Level
from bot.core.payloads.diagnostics import Grant


@pytest.mark.parametrize(
    ("right", "files", "level"),
    [
        ("write", True, Level.OK),
        ("read", True, Level.FAIL),
        ("read", False, Level.OK),
    ],
)
def test_a_right_is_asked_for_where_it_is_needed(right: str, level: Level, *, files: bool) -> None:
    grant = Grant(permissions={"issues": right}, events=(), suspended=False)
    found = diagnose_grant("o/r", grant, writes=True, files=files)
    (issues,) = [finding for finding in found if finding.check == "issues"]
    assert issues.level is level
    assert ("issues: write" in issues.words) is (right != "write")
