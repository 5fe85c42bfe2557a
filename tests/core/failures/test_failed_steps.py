"""Which failed steps are the build's: words as masters from 1.8 to 4.3 put them together."""

from datetime import UTC, datetime

import pytest

from bot.core.failures.failed_steps import find_decisive
from bot.core.model import Build, ScheduledBy, Step
from bot.core.model.build_results import Result

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FAILURE, SUCCESS, EXCEPTION = Result.FAILURE, Result.SUCCESS, Result.EXCEPTION


def make_build(words: str, result: Result = FAILURE) -> Build:
    return Build(
        source="bb",
        buildid=1,
        number=1,
        builderid=1,
        buildrequestid=1,
        worker="wk",
        branch="main",
        revision=None,
        repository=None,
        scheduled_by=ScheduledBy.BRANCH,
        result=result,
        started_at=NOON,
        complete_at=NOON,
        state_string=words,
    )


def make_steps(*told: tuple[str, str, Result]) -> list[Step]:
    return [Step(n, n, name, result, False, words) for n, (name, words, result) in enumerate(told)]


LINT = ("lint", "'make lint' (failure)", FAILURE)
TEST = ("test", "'make test' (failure)", FAILURE)
ODD = ("odd", "'make odd' (failure)", FAILURE)
GREEN = ("compile", "'make all'", SUCCESS)
BOOM = ("upload", "finished (exception)", EXCEPTION)


def find(
    words: str,
    *told: tuple[str, str, Result],
    result: Result = FAILURE,
    tolerated: frozenset[str] = frozenset(),
) -> tuple[list[str], tuple[str, ...]]:
    steps, notes = find_decisive(make_build(words, result), make_steps(*told), tolerated)
    return [step.name for step in steps], notes


def test_the_only_step_that_failed_made_it_red() -> None:
    """Whatever its words are: a master.cfg may describe steps in any way."""
    assert find("", GREEN, TEST) == (["test"], ())
    assert find("no luck", GREEN, TEST, tolerated=frozenset({"test"})) == (["test"], ())


def test_a_step_that_does_not_flunk_the_build_is_not_in_its_words() -> None:
    assert find("failed 'make test' (failure)", LINT, GREEN, TEST) == (["test"], ())


def test_two_steps_that_count_are_both_named() -> None:
    words = "failed 'make lint' (failure) 'make test' (failure)"
    assert find(words, LINT, TEST) == (["lint", "test"], ())


def test_a_step_that_only_warns_is_named_and_known_from_green_builds() -> None:
    """`warnOnFailure` puts it into the words; that it failed in a build that was not red tells."""
    words = "failed 'make lint' (failure) 'make test' (failure)"
    assert find(words, LINT, TEST, tolerated=frozenset({"lint"})) == (["test"], ())


def test_what_failed_in_green_builds_before_counts_where_nothing_else_failed() -> None:
    """It was made strict since: no red build is left without its failure."""
    words = "failed 'make lint' (failure) 'make test' (failure)"
    assert find(words, LINT, TEST, tolerated=frozenset({"lint", "test"}))[0] == ["lint", "test"]


def test_steps_with_the_same_words_are_told_apart_by_green_builds_only() -> None:
    """The words are of the command's start: `sh -c …` twice, and one of them does not count."""
    alike = [("lint", "'sh -c ...' (failure)", FAILURE), ("test", "'sh -c ...' (failure)", FAILURE)]
    once = "failed 'sh -c ...' (failure)"
    assert find(once, *alike, tolerated=frozenset({"lint"})) == (["test"], ())
    assert find(once, *alike) == (
        [],
        ("which of the steps lint, test made it red is not known",),
    )
    assert find(f"{once} 'sh -c ...' (failure)", *alike)[0] == ["lint", "test"]


def test_words_within_words_are_not_counted_twice() -> None:
    told = [("retest", "retest (failure)", FAILURE), ("test", "test (failure)", FAILURE)]
    assert find("failed retest (failure)", *told)[0] == ["retest"]


@pytest.mark.parametrize("words", ["", "failed", "failed 3 tests of 7 failed on s390x"])
def test_words_that_name_no_step_exclude_none(words: str) -> None:
    """A step may give the build words of its own."""
    assert find(words, LINT, TEST)[0] == ["lint", "test"]
    assert find(words, LINT, TEST, tolerated=frozenset({"lint"}))[0] == ["test"]


def test_words_that_hold_more_than_steps_exclude_none() -> None:
    """`odd` has words of its own, which are not in its step's: perhaps they are these."""
    words = "failed 'make test' (failure) 7 warnings about odd things"
    assert find(words, TEST, ODD)[0] == ["test", "odd"]


def test_what_failed_before_an_exception_counts() -> None:
    words = "exception 'make test' (failure) finished (exception)"
    assert find(words, LINT, TEST, BOOM, result=EXCEPTION) == (["test"], ())
    alone = "exception finished (exception)"
    assert find(alone, LINT, BOOM, result=EXCEPTION) == ([], ())
    assert find("", TEST, BOOM, result=EXCEPTION) == (["test"], ())


def test_hidden_steps_are_nobodys_incident() -> None:
    hidden = Step(1, 1, "lint", FAILURE, True, "lint (failure)")
    test = Step(2, 2, "test", FAILURE, False, "test (failure)")
    words = "failed lint (failure) test (failure)"
    assert find_decisive(make_build(words), [hidden, test], ())[0] == (test,)
    assert find_decisive(make_build("failed lint (failure)"), [hidden], ()) == (
        (),
        ("lint failed, and is hidden",),
    )
