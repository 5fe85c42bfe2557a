"""A project's own format names what failed, and how to see it again, as ours do."""

from bot.core.model import Kind, Reading
from bot.logs import read_log
from tests.logs.test_project_rules import ENDS, FILE, LINT, make


def read(log: str, *texts: str) -> Reading:
    return read_log([log.encode()], tuple(make(text) for text in texts))


def test_a_rule_names_the_test_and_how_to_run_it_again() -> None:
    reading = read("!! lid: it is open\n!! a b;c: x\n!! rim: it's cracked\n", FILE)
    assert reading.tests == ("lid", "rim")
    assert reading.kind is Kind.TEST_FAILURE
    assert [failure.message for failure in reading.failures] == ["it is open", "it's cracked"]
    assert reading.reproduce == "./tinker --only lid rim"


def test_a_name_out_of_a_log_is_one_word_of_the_shell() -> None:
    reading = read("!! $(rm${IFS}-r): x\n!! -f: x\n", FILE)
    assert reading.reproduce == "./tinker --only '$(rm${IFS}-r)'"


def test_only_a_told_end_lets_other_tests_have_passed() -> None:
    """From a complete run follows that what is not listed passed: nobody may guess that."""
    log = "!! lid: it is open\ntinker is done.\n"
    assert [run.complete for run in read(log, FILE).runs] == [False]
    assert [run.complete for run in read(log, FILE + ENDS).runs] == [True]


def test_without_its_sign_a_line_is_another_tools() -> None:
    assert read("!! lid: it is open\n", FILE + ENDS).tests == ()


def test_a_tool_without_tests_tells_of_places() -> None:
    log = "src/a.c:3: picky: too long\nsrc/a.c:3: picky: too long\nsrc/b.c:9: picky: tabs\n"
    reading = read(log, LINT)
    assert (reading.kind, reading.runs) == (Kind.LINT, ())
    assert [failure.location for failure in reading.failures] == ["src/a.c:3", "src/b.c:9"]


def test_a_kind_that_is_written_down_is_not_guessed() -> None:
    rule = FILE.replace('means = "failed"', 'means = "failed"\nkind = "timeout"')
    assert read("!! lid: Segmentation fault\n", FILE).kind is Kind.CRASH
    assert read("!! lid: Segmentation fault\n", rule).kind is Kind.TIMEOUT


def test_two_files_are_read_side_by_side() -> None:
    reading = read("a.c:3: picky: too long\n\n\n!! lid: it is open\n", FILE, LINT)
    assert [failure.suite for failure in reading.failures if failure.test] == ["tinker"]
