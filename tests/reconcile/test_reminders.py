"""A repository that wants no reminders is not even looked at for one."""

from typing import Any

from bot.core.model import PullComment, Repository, pull_key
from bot.core.ports import Lease
from bot.core.repository_settings.settings import RepositorySettings
from bot.reconcile.options import Options
from bot.reconcile.reminders import ReminderWriter
from bot.store import Store
from tests.support.contexts import make_context
from tests.support.make_stored import MOMENT


class _Source:
    source = "buildbot"


async def test_where_none_are_wanted_nothing_is_asked(store: Store) -> None:
    source: Any = _Source()
    options = Options().with_settings(RepositorySettings(reminder_hours=0))
    ctx = make_context(store, source, options=options, reminders=None)
    lease = Lease(pull_key(1, 101), "a", 1, 0, MOMENT)
    again_at = await ReminderWriter().write(
        ctx, Repository(1, "octo-org/demo"), (), PullComment(1, 101, comment_id=5), lease
    )
    assert again_at is None
