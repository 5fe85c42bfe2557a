"""Which recorded commands still wait for their revert, and what a dry run answers."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.commands.revert import DRY_RUN
from bot.core.model import Repository, build_key
from bot.core.model.commands import AuditEntry, CommandComment, CommandResult, Role, UserComment
from bot.core.ports import Lease
from bot.reconcile.options import Options
from bot.reconcile.revert import RevertOpener, is_waiting
from bot.store import Store
from tests.support.contexts import make_context
from tests.support.make_stored import MOMENT

_GIVEN = (1, 7, 0, 101, "alice", Role.WRITE, "revert", "", MOMENT, MOMENT)
ASKED = AuditEntry(*_GIVEN, CommandResult.DONE, "")
SAID = UserComment(1, "octo-org/demo", 7, 101, "alice", "/buildbot revert", MOMENT)


class _Source:
    source = "buildbot"


@pytest.mark.parametrize(
    ("entry", "waits"),
    [
        (ASKED, True),
        (replace(ASKED, answer="#102 takes this pull back."), False),
        (replace(ASKED, result=CommandResult.NOT_ALLOWED), False),
        (replace(ASKED, command="rerun"), False),
    ],
)
def test_a_command_waits_until_it_has_its_answer(entry: AuditEntry, waits: bool) -> None:
    assert is_waiting(entry) is waits


async def test_a_dry_run_asks_github_for_nothing(store: Store) -> None:
    source: Any = _Source()
    ctx = make_context(store, source, options=Options(post_comments=False))
    lease = Lease(build_key("buildbot", 1), "a", 1, 0, MOMENT)
    opened = await RevertOpener().open(
        ctx, Repository(1, "octo-org/demo"), CommandComment(SAID), lease
    )
    assert opened == DRY_RUN
