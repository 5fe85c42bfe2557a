"""A command that a person can paste; names in it come from logs, and are hostile."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Kind
from bot.logs.formats.base import Finding
from bot.logs.lines import Line
from bot.logs.reproduce import make_note, make_reproduce


def make_finding(
    test: str, kind: Kind = Kind.TEST_FAILURE, *, passed_on_rerun: bool | None = None
) -> Finding:
    return Finding(kind, (Line(1, "x"),), "x", test, passed_on_rerun=passed_on_rerun)


REGRTEST = (
    "./python -u -W error -m test -r -j2 -w -u network,cpu --timeout 900 test_string test_ssl"
)
CASES = [
    (
        "regrtest",
        ["test.test_string.ModuleTest.test_capwords"],
        REGRTEST,
        "6403247",
        "./python -m test -v -u network,cpu -r --randseed=6403247 -m test_capwords test_string",
    ),
    (
        "regrtest",
        ["test.test_string.A.test_b", "test.test_ssl.C.test_d"],
        REGRTEST,
        None,
        "./python -m test -v -u network,cpu test_string test_ssl",
    ),
    (
        "regrtest",
        ["test.test_asyncio.test_events.Loop.test_call"],
        "./python -m test -R 3:3 -uall",
        None,
        "./python -m test -v -R 3:3 -uall -m test_call test_asyncio.test_events",
    ),
    ("regrtest", ["test.test_x.setUpModule"], None, None, "./python -m test -v test_x"),
    ("unittest", ["a.B.test_c"], None, None, "python -m unittest -v a.B.test_c"),
    ("unittest", ["a.B.setUpClass"], None, None, "python -m unittest -v a.B"),
    (
        "pytest",
        ["t.py::test_a[x y]"],
        None,
        "7",
        "python -m pytest --randomly-seed=7 't.py::test_a[x y]'",
    ),
    ("ctest", ["a.b", "c"], None, None, r"ctest --output-on-failure -R '^a\.b$|^c$'"),
    ("go", ["e.com/kv.TestA/b"], None, None, "go test -run '^TestA$/^b$' e.com/kv"),
    ("cargo", ["t::a"], None, None, "cargo test t::a -- --exact"),
    ("maven", ["x.CartTest.total"], None, None, "mvn test '-Dtest=x.CartTest#total'"),
    ("lit", ["P :: a/b.test"], None, None, "lit -v a/b.test"),
    ("gcc", [], "make -j2", None, "make -j2"),
]


@pytest.mark.parametrize(("suite", "tests", "command", "seed", "expected"), CASES)
def test_the_command_runs_the_very_test(
    suite: str, tests: list[str], command: str | None, seed: str | None, expected: str
) -> None:
    findings = [make_finding(test) for test in tests]
    made = make_reproduce(suite, findings, command, seed)
    assert made is not None
    assert shlex.split(made) == shlex.split(expected)


SUITES = ["regrtest", "unittest", "pytest", "lit", "gtest", "go", "cargo", "jest", "mocha", "maven"]


@given(st.sampled_from(SUITES), st.text(min_size=1, max_size=40))
def test_a_name_cannot_smuggle_a_command(suite: str, name: str) -> None:
    """`test_a; rm -rf ~` in a log is one quoted word, or it is not there."""
    made = make_reproduce(suite, [make_finding(f"test_a;{name}`id`$(id)")], None, None)
    assert made is not None
    lexer = shlex.shlex(made, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    assert not {";", "&", "|", "`", "$("} & set(lexer)


def test_what_passed_alone_may_depend_on_the_order() -> None:
    note = make_note("regrtest", [make_finding("test.test_x", passed_on_rerun=True)])
    assert note is not None
    assert "--fromfile" in note
    assert make_note("regrtest", [make_finding("test.test_x")]) is None
