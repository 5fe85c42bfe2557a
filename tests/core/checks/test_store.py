"""What is stored of trouble: passing things are no alarm, lasting ones are, with what to do."""

from datetime import timedelta

import pytest

from bot.core.checks.result import Level
from bot.core.checks.store import StoredFacts, diagnose_store, diagnose_unread
from bot.core.model import AccessProblem, RefusedComment, TroubleKind, UnreadBuild
from bot.core.ports import StuckKey, UnreadBuilds
from tests.support.clock import NOON


def unread(minutes: int, *, waits: bool = True) -> UnreadBuild:
    since = NOON - timedelta(minutes=minutes)
    return UnreadBuild("buildbot", 45, "a page for people", since, NOON if waits else None)


@pytest.mark.parametrize(
    ("builds", "level"),
    [
        (UnreadBuilds(), Level.OK),
        (UnreadBuilds(1, 0, (unread(5),)), Level.WARN),
        (UnreadBuilds(1, 0, (unread(61),)), Level.FAIL),
        (UnreadBuilds(21, 0, (unread(1),)), Level.FAIL),
        (UnreadBuilds(0, 1, (unread(600, waits=False),)), Level.WARN),
    ],
)
def test_unread_builds_matter_when_they_wait_for_long_or_are_many(
    builds: UnreadBuilds, level: Level
) -> None:
    """What was swept away at the master is lost to everybody: no alarm brings it back."""
    assert diagnose_unread(builds, NOON).level is level


def test_what_an_archive_does_not_take_is_told_and_is_no_alarm() -> None:
    """Nobody can mend it there: the service was degraded for ever."""
    why = "the repository of pull 1 of o/r is archived"
    for stands in (True, False):
        facts = StoredFacts(comments=(RefusedComment("o/r#1", stands=stands, why=why),))
        (told,) = (found for found in diagnose_store(facts, NOON) if found.check == "comments")
        assert (told.level, told.about) == (Level.WARN, ("o/r",))


def test_each_trouble_is_a_line_with_what_to_do() -> None:
    facts = StoredFacts(
        stuck=(StuckKey("build/b/1", 9, "why"),),
        comments=(RefusedComment("o/r#1", stands=True, why="locked"),),
        troubles=(
            AccessProblem("o/r", TroubleKind.REFUSED, "hidden", NOON),
            AccessProblem("o/r@main", TroubleKind.MISSING, "a commit is not shown", NOON),
        ),
    )
    wrong = [result for result in diagnose_store(facts, NOON) if result.level is Level.FAIL]
    assert [result.words for result in wrong] == [
        "build/b/1 is stuck after 9 attempts: why",
        "our comment on o/r#1 is false by now and cannot be edited: locked",
        "o/r: hidden (since 2026-03-02 12:00 UTC)",
    ]
    assert all(result.todo for result in wrong)
    assert {result.level for result in diagnose_store(StoredFacts(), NOON)} == {Level.OK}
