"""What `doctor` says of builds on request."""

import pytest

from bot.core.checks.requests import NEEDED_FIELDS, diagnose_asking, diagnose_scheduler
from bot.core.checks.result import Level
from bot.core.model.ci_requests import RequestScheduler
from bot.core.model.request_options import RequestMode

OURS = "https://github.com/octo-org/demo.git"
SCHEDULER = RequestScheduler(frozenset({"a", "b"}), NEEDED_FIELDS | {"reason"}, OURS)

ASKING = {
    "off": (RequestMode.OFF, False, False, Level.OK, "off"),
    "no login": (RequestMode.PEOPLE, False, True, Level.FAIL, "no login"),
    "a dry run": (RequestMode.AUTO, True, False, Level.WARN, "dry run"),
}


@pytest.mark.parametrize(("mode", "login", "posts", "level", "words"), ASKING.values(), ids=ASKING)
def test_whether_anything_is_asked_for(
    mode: RequestMode, login: bool, posts: bool, level: Level, words: str
) -> None:
    found = diagnose_asking(mode, login=login, posts=posts)
    assert found is not None
    assert (found.level, words in found.words) == (level, True)


def test_with_a_login_the_scheduler_is_looked_at() -> None:
    assert diagnose_asking(RequestMode.PEOPLE, login=True, posts=True) is None


FORM = frozenset({"branch", "reason"})
SCHEDULERS = {
    "good": (SCHEDULER, {"a", "b"}, Level.OK, "2 builders"),
    "the tip only": (RequestScheduler(SCHEDULER.builders, FORM, OURS), {"a"}, Level.FAIL, "revis"),
    "no label": (
        RequestScheduler(SCHEDULER.builders, SCHEDULER.fields, None), {"a"}, Level.WARN, "changes",
    ),
    "that of changes": (
        RequestScheduler(SCHEDULER.builders, SCHEDULER.fields, "https://github.com/octo-org/demo"),
        {"a"},
        Level.WARN,
        "changes",
    ),
    "a builder left out": (SCHEDULER, {"a", "b", "c"}, Level.WARN, "2 of 3"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("scheduler", "builders", "level", "words"), SCHEDULERS.values(), ids=SCHEDULERS
)
def test_whether_the_scheduler_will_do(
    scheduler: RequestScheduler, builders: set[str], level: Level, words: str
) -> None:
    changes = {"https://github.com/octo-org/demo"}
    found = diagnose_scheduler("nightswatch", scheduler, builders, changes)
    assert (found.level, words in found.words) == (level, True)
