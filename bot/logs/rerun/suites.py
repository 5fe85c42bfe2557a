"""How to run chosen tests again: test programs in C and C++, and runners of whole suites.

Input and output: as in `recipes`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding
from bot.logs.rerun.recipes import Call, Maker, by_program, find_in_lines, recipe
from bot.logs.rerun.shell import find_options, find_program, make_line

# ---------------------------------------------------------------- programs with tests in them


def _catch2(program: str, tests: list[str]) -> Sequence[str]:
    """Names of one argument are separated by commas."""
    names = [re.sub(r'([\\,\["*])', r"\\\1", test) for test in tests]
    return [program, ",".join(names)]


def _doctest(program: str, tests: list[str]) -> Sequence[str]:
    names = [test.replace("\\", "\\\\").replace(",", "\\,") for test in tests]
    return [program, f"--test-case={','.join(names)}"]


def _check(program: str, tests: list[str]) -> Sequence[str]:
    """By the case that holds the test: Check takes nothing smaller."""
    return ["env", f"CK_RUN_CASE={tests[0].partition(':')[0]}", program]


def _criterion(program: str, tests: list[str]) -> Sequence[str]:
    names = [test.replace("::", "/") for test in tests]
    return [program, "--filter", names[0] if len(names) == 1 else f"@({'|'.join(names)})"]


def _qttest(program: str, tests: list[str]) -> Sequence[str]:
    """Of `Class::function(row)` the function and the row of its data."""
    split = [re.fullmatch(r"\w+::(\w+)\((.*)\)", test) for test in tests]
    return [program, *(f"{m[1]}:{m[2]}" if m[2] else m[1] for m in split if m)]


# ---------------------------------------------------------------- suites of programs

_NUMBER = late(r"^\s*(?P<it>\d+)(?:: |\. )")


def _autotest(call: Call, _tests: list[str], findings: Sequence[Finding]) -> Sequence[str] | None:
    """By the numbers that the tests have in this very tree."""
    numbers = find_in_lines(findings, _NUMBER)
    if not numbers:
        return None
    if call.before:
        return [*call.before, "-v", *call.keep(r"(?:-C|--directory=)\S+|\w+=.*", "C"), *numbers]
    return ["make", "check", f"TESTSUITEFLAGS=-v {' '.join(numbers)}"]


def _dejagnu(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str] | None:
    """The files that hold them: DejaGnu runs nothing smaller."""
    named = [found[1] for test in tests if (found := re.match(r"([\w./+-]+\.exp)\b", test))]
    files = list(dict.fromkeys(named))
    if not files:
        return None
    if call.before:
        kept = call.keep(r"--(?:tool|srcdir|outdir|objdir|target_board|host_board)=\S+")
        glued = _glue(call.rest, "--tool", "--srcdir", "--target_board")
        kept = find_options(glued, re.compile(r"--(?:tool|srcdir|target_board)=\S+")) or kept
        return [*call.before, *kept, *files]
    target = re.search(r"\bcheck(?:-[\w+-]+)?\b", call.line)
    return ["make", target[0] if target else "check", f"RUNTESTFLAGS={' '.join(files)}"]


def _glue(words: Sequence[str], *options: str) -> list[str]:
    """`--tool x` as one word."""
    glued: list[str] = []
    for word in words:
        if glued and glued[-1] in options:
            glued[-1] += f"={word}"
        else:
            glued.append(word)
    return glued


def _pg_regress(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str] | None:
    """Of an extension by `REGRESS`; PostgreSQL's own need its set-up."""
    names = [test for test in tests if re.fullmatch(r"[\w-]+", test)]
    if not names or not call.before:
        return None
    if call.before[-1].endswith("pg_regress"):
        return [*call.before, *call.keep(r"--(?!schedule|max-)[\w-]+(?:=\S+)?"), *names]
    if "installcheck" in call.rest:
        return [
            *call.before,
            *call.keep(r"-C\S+", "C"),
            "installcheck",
            f"REGRESS={' '.join(names)}",
        ]
    wanted = f"TESTS=test_setup {' '.join(names)}"
    return [
        *call.before,
        *(call.keep(r"-C\S+", "C") or ["-C", "src/test/regress"]),
        "check-tests",
        wanted,
    ]


def _mysql(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    kept = call.keep(r"--(?:suite|mysqld|ps-protocol|big-test|mem)(?:=\S+)?")
    return [*call.words("./mtr"), *kept, *tests]


def _kyua(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    """Of the words before `test` those that say where the suite is."""
    kept = find_options(
        call.rest, late(r"-(?:k|c|v).+|--(?:kyuafile|build-root|config)=\S+"), with_value="kcv"
    )
    return [*call.words("kyua"), *([] if "test" in call.before else ["test"]), *kept, *tests]


def _phpt(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    """Quietly: else it asks whether to send a report."""
    if call.before:
        kept = call.keep(r"-(?:[nq]|[pcd].*)", "pcd")
        return [*call.before, *dict.fromkeys([*kept, "-q"]), *tests]
    return ["make", "test", f"TESTS={' '.join(tests)}"]


def _kunit(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    """`suite.test`, which may hold stars; one at a time."""
    kept = call.keep(r"--(?:arch|kunitconfig|build_dir|cross_compile)=\S+")
    name = ".".join(re.sub(r"[^\w*]", "_", part) for part in tests[0].split(" > "))
    return [*call.words("./tools/testing/kunit/kunit.py"), "run", *kept, name]


def _zfs(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    """One at a time."""
    script = call.words("./scripts/zfs-tests.sh")
    return [*script, "-v", "-t", f"tests/{tests[0].removeprefix('tests/')}"]


def _fate(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    kept = call.keep(r"-C\S+|SAMPLES=\S+|V=\d", "C")
    return [*call.words("make"), *kept, *(f"fate-{test}" for test in tests)]


_DUNE_RAN = late(r"^\(cd _build/default(?P<it>/\S*)? && \./\S+\.exe\)$")
_DUNE_PROGRAM = late(r"^\(cd _build/default\S* && \./(?P<it>\S+\.exe)\)$")
_NUMBERED = linear(r"\[FAIL\]\s+(?P<suite>\S.*?)\s+(?P<number>\d+)\s+(?P<name>\S.*?)\.*[\s│]*$")


def _dune(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    """A program by itself, a cram test by its alias; of what differs all tests of its folder."""
    folder, _, name = tests[0].rpartition("/")
    where = f"{folder}/" if folder else ""
    words = call.words("dune")
    if name.endswith(".t"):
        return [*words, "build", f"@{where}{name.removesuffix('.t')}"]
    if "." in name:
        return [*words, "build", f"@{where}runtest"]
    return [*words, "exec", f"./{where}{name}.exe"]


def _alcotest(
    tests: list[str], findings: Sequence[Finding], command: str, _seed: str | None
) -> str | None:
    """By the suite and the number that the test has in its program, which dune may have run."""
    lines = (line.text for finding in findings for line in finding.lines)
    numbers = (m for text in lines if (m := _NUMBERED.search(text)))
    found = next((m for m in numbers if f"{m['suite']} > {m['name']}" == tests[0]), None)
    if found is None:
        return None
    chosen = ["test", found["suite"], found["number"]]
    ran = find_in_lines(findings, _DUNE_PROGRAM)
    if not ran:
        program = find_program(command)
        return make_line([program, *chosen]) if program else None
    folder = (find_in_lines(findings, _DUNE_RAN) or [""])[0] or ""
    return make_line(["dune", "exec", f".{folder}/{ran[0]}", "--", *chosen])


SUITES: dict[str, Maker] = {
    "dune": recipe(r"(?:.*/)?dune", _dune),
    "alcotest": _alcotest,
    "catch2": by_program(_catch2),
    "doctest-cpp": by_program(_doctest),
    "check": by_program(_check),
    "criterion": by_program(_criterion),
    "qttest": by_program(_qttest),
    "autotest": recipe(r"(?:.*/)?testsuite", _autotest),
    "dejagnu": recipe(r"(?:.*/)?runtest", _dejagnu),
    "pg_regress": recipe(r"g?make|(?:.*/)?pg_regress", _pg_regress),
    "mysql-test-run": recipe(r"(?:.*/)?(?:mtr|(?:mysql|mariadb)-test-run(?:\.pl)?)", _mysql),
    "kyua": recipe(r"(?:.*/)?kyua", _kyua),
    "phpt": recipe(r"(?:.*/)?run-tests\.php", _phpt),
    "kunit": recipe(r"(?:.*/)?kunit\.py", _kunit),
    "ptest": recipe(
        r"(?:.*/)?ptest-runner",
        lambda call, tests, _: [
            *call.words("ptest-runner"),
            *dict.fromkeys(test.partition(":")[0] for test in tests),
        ],
    ),
    "oe-selftest": recipe(
        r"(?:.*/)?oe-selftest",
        lambda call, tests, _: [*call.words("oe-selftest"), "-r", *tests],
    ),
    "zfs-tests": recipe(r"(?:.*/)?zfs-tests\.sh", _zfs),
    "fate": recipe(r"g?make", _fate),
}
