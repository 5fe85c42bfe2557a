"""A command that a person can paste; names in it come from logs, and are hostile."""

import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Kind
from bot.logs.formats.base import Finding
from bot.logs.lines import LogLine
from bot.logs.rerun.command import _MAKERS, make_note, make_reproduce
from bot.logs.rerun.shell import find_program


def make_finding(
    test: str, kind: Kind = Kind.TEST_FAILURE, *, passed_on_rerun: bool | None = None
) -> Finding:
    return Finding(kind, (LogLine(1, "x"),), "x", test, passed_on_rerun=passed_on_rerun)


REGRTEST = (
    "./python -u -W error -m test -r -j2 -w -u network,cpu --timeout 900 test_string test_ssl"
)
CASES = [
    (
        "regrtest",
        ["test.test_string.ModuleTest.test_capwords"],
        REGRTEST,
        "6403247",
        (
            "./python -W error -m test -v -u network,cpu -r --randseed=6403247"
            " -m test_capwords test_string"
        ),
    ),
    (
        "regrtest",
        ["test.test_string.A.test_b", "test.test_ssl.C.test_d"],
        REGRTEST,
        None,
        "./python -W error -m test -v -u network,cpu test_string test_ssl",
    ),
    (
        "regrtest",
        ["test.test_asyncio.test_events.Loop.test_call"],
        "./python -m test -R 3:3 -uall",
        None,
        "./python -m test -v -R 3:3 -uall -m test_call test_asyncio.test_events",
    ),
    ("regrtest", ["test.test_x.setUpModule"], None, None, "./python -m test -v test_x"),
    (
        "regrtest",
        ["test.test_x"],
        "./python -u -W error -bb -E -X dev -m test --slow-ci --timeout=1200 -j2 -W --rerun -u-cpu",
        "7",
        "./python -W error -bb -E -X dev -m test -v --slow-ci -u-cpu --randseed=7 test_x",
    ),
    (
        "regrtest",
        ["test.test_x"],
        "cd b && ./python -I -m test --fast-ci --huntrleaks 3:3 test_a | tee log",
        None,
        "./python -I -m test -v --fast-ci --huntrleaks=3:3 test_x",
    ),
    (
        "regrtest",
        ["test.test_x"],
        r"PCbuild\amd64\python_d.exe -u -Wd -E -bb -m test.regrtest -j2",
        None,
        "PCbuild/amd64/python_d.exe -Wd -E -bb -m test.regrtest -v test_x",
    ),
    ("regrtest", ["test.test_x"], "make buildbottest", None, "./python -m test -v test_x"),
    ("unittest", ["a.B.test_c"], None, None, "python -m unittest -v a.B.test_c"),
    ("unittest", ["a.B.setUpClass"], None, None, "python -m unittest -v a.B"),
    (
        "pytest",
        ["t.py::test_a[x y]"],
        None,
        "7",
        "python -m pytest --randomly-seed=7 't.py::test_a[x y]'",
    ),
    (
        "pytest",
        ["t.py::test_a", "t.py::T::test_b[$(id)]"],
        "cd x && python3.12 -X dev -m pytest -p no:randomly -n 2 -W error t.py",
        None,
        "python3.12 -X dev -m pytest -p no:randomly -W error t.py::test_a 't.py::T::test_b[$(id)]'",
    ),
    (
        "gtest",
        ["Ring.Wrap", "All/P.Odd/1"],
        "g++ t.cpp -o 't 1' && timeout 5 './t 1' -x",
        "7",
        "'./t 1' --gtest_filter=Ring.Wrap:All/P.Odd/1 --gtest_shuffle --gtest_random_seed=7",
    ),
    (
        "gtest",
        ["Ring.Wrap", "Ring.Get"],
        "ninja check",
        None,
        "export GTEST_FILTER=Ring.Wrap:Ring.Get; ninja check",
    ),
    ("boost.test", ["a/b"], "make && ./b/t1", None, "./b/t1 --run_test=a/b"),
    (
        "lit",
        ["P :: a/b.test", "P :: c d.test"],
        "llvm-lit -sv -j 4 --param x=y tests more",
        None,
        r"llvm-lit -v --filter '^P :: a/b\.test$|^P :: c d\.test$' tests more",
    ),
    (
        "lit",
        ["P :: a/b.test"],
        "ninja check-all",
        None,
        r"export LIT_OPTS=-v LIT_FILTER='^P :: a/b\.test$'; ninja check-all",
    ),
    (
        "ctest",
        ["a.b"],
        "cmake -S . -B b && cd b && ctest -j2 -C Debug",
        None,
        r"ctest -C Debug --test-dir b --output-on-failure -R '^a\.b$'",
    ),
    (
        "go",
        ["e.com/kv.TestA", "e.com/kv.TestB"],
        "go test -race ./...",
        "7",
        "go test -race -shuffle=7 -run '^(TestA|TestB)$' e.com/kv",
    ),
    ("go", ["e.com/kv.TestA/v1.2"], None, None, r"go test -run '^TestA$/^v1\.2$' e.com/kv"),
    ("cargo", ["t::a", "t::b"], None, None, "cargo test -- --exact t::a t::b"),
    ("jest", ["a › b (c)"], None, None, r"npx jest -t 'a b \(c\)'"),
    ("jest", ["src/bad.test.js"], None, None, r"npx jest 'src/bad\.test\.js'"),
    ("automake", ["a.sh", "b.sh"], None, None, "make check 'TESTS=a.sh b.sh'"),
    ("trial", ["a.B.c"], None, None, "python -m twisted.trial a.B.c"),
    ("ctest", ["a.b", "c"], None, None, r"ctest --output-on-failure -R '^a\.b$|^c$'"),
    ("go", ["e.com/kv.TestA/b"], None, None, "go test -run '^TestA$/^b$' e.com/kv"),
    ("cargo", ["t::a"], None, None, "cargo test t::a -- --exact"),
    ("maven", ["x.CartTest.total"], None, None, "mvn test '-Dtest=x.CartTest#total'"),
    ("lit", ["P :: a/b.test"], None, None, "lit -v a/b.test"),
    ("gtest", ["A.b"], "cd b && exec ./t -x", None, "cd b && ./t --gtest_filter=A.b"),
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


SUITES = sorted(_MAKERS)
HOSTILE = [
    "test_a; touch MARK", "$(touch MARK)", "`touch MARK`", "a' ; touch MARK; '", "x && touch MARK",
    "a\ntouch MARK", "a\r\ntouch MARK\n", "a\u2028touch MARK", "x | touch MARK",
    "> MARK",
    "& touch MARK", "$$(touch MARK)",
    "$(shell touch MARK)", "'$(touch MARK)'", '"; touch MARK; "',
    "\\'; touch MARK #",
]  # fmt: skip
FRAMES = [
    "{}",
    "test.test_{}",
    "test.test_x.T.test_{}",
    "t.py::test_a[{}]",
    "P :: {}",
    "e.com/k.Test{}",
]


@pytest.mark.parametrize("suite", SUITES)
def test_no_name_runs_a_command(suite: str, tmp_path: Path) -> None:
    """Whoever names a test in a merged pull must not run anything on a reader's machine."""
    (tmp_path / "touch").symlink_to("/usr/bin/touch")
    names = [frame.format(hostile) for frame in FRAMES for hostile in HOSTILE]
    made = [
        line
        for name in names
        if (line := make_reproduce(suite, [make_finding(name)], None, f"7;{name}"))
    ]
    script = "\n".join(made)
    subprocess.run(
        ["/bin/sh"], input=script.encode(), cwd=tmp_path, env={"PATH": str(tmp_path)}, check=False,
        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=20,
    )  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["touch"]


@given(st.sampled_from(SUITES), st.text(min_size=1, max_size=40), st.booleans())
def test_a_name_is_one_word_on_one_line(suite: str, name: str, bare: bool) -> None:
    """Property: nothing of a name stands outside of quotes, and none is read as an option."""
    name = name if bare else f"test_a;{name}`id`$(id)"
    made = make_reproduce(suite, [make_finding(name)], None, None)
    if made is None:
        return
    assert made.isprintable()
    lexer = shlex.shlex(made, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words = list(lexer)
    assert words == shlex.split(made)
    if not bare:  # a name may well be nothing but such a sign
        assert not {";", "&", "|", "`", "$("} & set(words)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("name", ["--config=x", "-exec=x", "-exec=x.TestA", "-p x", "P :: -x"])
def test_a_name_is_no_option(suite: str, name: str) -> None:
    """`go test -exec=PROGRAM` and `cargo --config` run what they are told."""
    made = make_reproduce(suite, [make_finding(name)], None, None)
    words = shlex.split(made or "")
    assert not any(word.startswith(name.rpartition(" ")[2]) for word in words)


@given(st.text(max_size=80))
def test_a_command_of_any_text_is_one_line(command: str) -> None:
    """A step may run a script of many lines; it is shown so that it can be pasted all the same."""
    made = make_reproduce("gcc", [], command, None)
    assert made is None or made.isprintable() or not made


@pytest.mark.skipif(not Path("/bin/bash").exists(), reason="there is no bash")
def test_a_script_of_many_lines_does_the_same_on_one() -> None:
    """Quotes and backslashes are the script's own."""
    script = 'for x in 1 2\ndo echo "it\'s $x\\t"\ndone'
    made = make_reproduce("gcc", [], script, None)
    assert made is not None
    one, other = (
        subprocess.run(["/bin/bash", "-c", text], capture_output=True, check=True, timeout=20)
        for text in (script, made)
    )
    assert one.stdout == other.stdout != b""


@pytest.mark.parametrize(("command", "found"), [("./t", True), ("make -C a/b", False), ("", False)])
def test_a_program_is_what_is_run_by_its_path(command: str, found: bool) -> None:
    """`make -C a/b` does not run `a/b`."""
    assert (find_program(command) is not None) == found


def test_a_changed_environment_fails_only_when_asked_for() -> None:
    """Without the option regrtest warns and ends well, and nothing is to be seen."""
    finding = make_finding("test.test_x", Kind.ENV_CHANGED)
    for command in ("./python -m test", "./python -m test --fail-env-changed"):
        made = make_reproduce("regrtest", [finding], command, None)
        assert made == "./python -m test -v --fail-env-changed test_x"


def test_a_timeout_keeps_its_limit() -> None:
    """A hang is not seen by somebody who waits for ever."""
    finding = make_finding("test.test_x", Kind.TIMEOUT)
    made = make_reproduce("regrtest", [finding], "./python -m test --timeout 6", None)
    assert made == "./python -m test -v --timeout=6 test_x"


def test_what_passed_alone_may_depend_on_the_order() -> None:
    note = make_note("regrtest", [make_finding("test.test_x", passed_on_rerun=True)])
    assert note is not None
    assert "nightswatch bisect-order" in note
    assert make_note("regrtest", [make_finding("test.test_x")]) is None
