"""dune tells of programs; who names its tests itself is believed before it."""

from bot.core.model import Kind
from bot.logs import read_log

_RAN = "{name} alias test/runtest ({how})\n(cd _build/default/test && ./{name}.exe)\n{said}\n"


def ran(name: str, how: str, said: str) -> str:
    return " " * 9 + _RAN.format(name=name, how=how, said=said)


def test_a_program_that_dies_is_a_crash() -> None:
    reading = read_log([ran("dies", "got signal SEGV", "weighing").encode()])
    assert [(f.kind, f.test) for f in reading.failures] == [(Kind.CRASH, "test/dies")]


def test_each_program_has_its_own_words() -> None:
    log = ran("lid", "exit 2", "no oil") + ran("oil", "exit 3", "no lid")
    reading = read_log([log.encode()])
    assert {f.test: f.message for f in reading.failures} == {
        "test/lid": "no oil",
        "test/oil": "no lid",
    }


def test_what_a_framework_below_names_is_not_told_twice() -> None:
    log = ran("lid", "exit 1", "Testing `Lid'.\n  [FAIL]        hinge          0   is shut.")
    reading = read_log([f"{log}\n1 failure! in 0.000s. 1 test run.\n".encode()])
    assert reading.tests == ("hinge > is shut",)


def test_a_type_error_is_of_its_file() -> None:
    log = b'File "lib/a.ml", lines 3-4, characters 2-9:\n3 | x\nError: Unbound value x\n'
    failure = read_log([log]).failures[0]
    assert failure.kind is Kind.COMPILE_ERROR
    assert (failure.location, failure.message) == ("lib/a.ml:3", "Unbound value x")


def test_a_warning_fails_nothing() -> None:
    log = b'File "lib/a.ml", line 3, characters 2-9:\n3 | x\nWarning 26: unused variable x.\n'
    assert read_log([log]).failures == ()
