"""How to run chosen tests again with the runners of other languages than Python.

Input: canonical names, findings, the command of the log, its seed. Output: one line of shell, or
None where no name can be used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from shlex import quote

from bot.core.failures.paths import make_path
from bot.core.patterns import late
from bot.logs.formats.base import Finding
from bot.logs.rerun.shell import (
    find_options,
    find_program,
    is_name,
    make_line,
    make_one_line,
    parse_commands,
)

Maker = Callable[[list[str], Sequence[Finding], str, str | None], str | None]

_SPECIAL = late(r"([\\.^$*+?{}\[\]|()])")


def _escape(name: str) -> str:
    """For a regular expression; unlike `re.escape` it leaves blanks and letters alone."""
    return _SPECIAL.sub(r"\\\1", name)


def _any_of(tests: Sequence[str], form: str = "^{}$") -> str:
    return "|".join(form.format(_escape(test)) for test in tests)


def _find_words(line: str, program: re.Pattern[str]) -> list[str] | None:
    """The words behind a program in a line of shell; None where it is not called by name."""
    for words in parse_commands(line):
        at = next((n for n, word in enumerate(words[:4]) if program.fullmatch(word)), None)
        if at is not None:
            return words[at:]
    return None


def _find_entered(line: str) -> list[str]:
    """The folders that a line of shell goes into."""
    called = parse_commands(line)
    return [words[1] for words in called if words[0] == "cd" and words[1:] and is_name(words[1])]


# ---------------------------------------------------------------- C and C++


def make_gtest(
    tests: list[str], _findings: Sequence[Finding], command: str, seed: str | None
) -> str:
    """The test program itself; where make or ctest calls it, by the variables it reads."""
    # A suite that could not be set up is named without its tests.
    names = ":".join(test if "." in test else f"{test}.*" for test in tests)
    program = find_program(command)
    if program or not command:
        order = ["--gtest_shuffle", f"--gtest_random_seed={seed}"] if seed else []
        line = make_line([program or "./test", f"--gtest_filter={names}", *order])
        return "".join([*(f"cd {quote(name)} && " for name in _find_entered(command)), line])
    order = ["GTEST_SHUFFLE=1", f"GTEST_RANDOM_SEED={quote(seed)}"] if seed else []
    variables = " ".join([f"GTEST_FILTER={quote(names)}", *order])
    return f"export {variables}; {make_one_line(command)}"


def make_boost(
    tests: list[str], _findings: Sequence[Finding], command: str, _seed: str | None
) -> str:
    """The test program itself."""
    program = find_program(command) or "./test"
    return make_line([program, *(f"--run_test={test}" for test in tests)])


_CTEST = late(r"^(?:.*/)?ctest[\d.]*")
_CTEST_KEPT = late(r"-C\S+|--(?:test-dir|build-config)=\S+")


def make_ctest(
    tests: list[str], _findings: Sequence[Finding], command: str, _seed: str | None
) -> str:
    """By their exact names, in the build directory."""
    words = _find_words(command, _CTEST) or []
    kept = find_options(_glue(words, "--test-dir"), _CTEST_KEPT, with_value="C")
    entered = _find_entered(command)
    if entered and words and "--test-dir" not in " ".join(kept):
        kept.append(f"--test-dir={entered[-1]}")
    # `--test-dir=b` is ignored without a word up to 3.25, which then finds no test and ends well.
    kept = [part for word in kept for part in _unglue(word, "--test-dir")]
    return make_line(["ctest", *kept, "--output-on-failure", "-R", _any_of(tests)])


def _glue(words: Sequence[str], option: str) -> list[str]:
    """`--test-dir b` as one word."""
    glued: list[str] = []
    for word in words:
        if glued and glued[-1] == option:
            glued[-1] += f"={word}"
        else:
            glued.append(word)
    return glued


def _unglue(word: str, option: str) -> list[str]:
    """`--test-dir=b` as two words."""
    return [option, word.removeprefix(f"{option}=")] if word.startswith(f"{option}=") else [word]


_LIT = late(r"^(?:.*/)?(?:llvm-)?lit(?:\.py)?")
_SHARD = late(r"^(?P<program>\S+) --gtest_filter=(?P<names>[^\s*:]+)$")
# Options of lit that take the next word.
_LIT_TAKES = frozenset({"-j", "--workers", "--timeout", "--param", "-D", "-o", "--output",
    "--filter", "--filter-out", "--xunit-xml-output", "--time-tests", "--path"})  # fmt: skip


def make_lit(
    tests: list[str], findings: Sequence[Finding], command: str, _seed: str | None
) -> str | None:
    """By a filter over the suites of the command: names are relative to a suite, not to us.

    A test of GoogleTest is run by its program: a filter of lit's takes shards, which hold others
    elsewhere.
    """
    ran = [m for finding in findings for line in finding.lines if (m := _SHARD.match(line.text))]
    if ran:
        names = ":".join(
            dict.fromkeys(m["names"] for m in ran if m["program"] == ran[0]["program"])
        )
        return make_line([make_path(ran[0]["program"]), f"--gtest_filter={names}"])
    words = _find_words(command, _LIT)
    if words:
        suites = [
            word
            for before, word in pairwise(words)
            if not word.startswith("-") and before not in _LIT_TAKES
        ]
        return make_line([words[0], "-v", "--filter", _any_of(tests), *suites])
    if command:
        return f"export LIT_OPTS=-v LIT_FILTER={quote(_any_of(tests))}; {make_one_line(command)}"
    paths = [test.rpartition(" :: ")[2] for test in tests]
    return make_line(["lit", "-v", *paths]) if all(map(is_name, paths)) else None


# The names are expanded by make and by the shell that it calls: nothing special may be in them.
_PLAIN_PATH = late(r"\w[\w./+-]*")


def make_automake(
    tests: list[str], _findings: Sequence[Finding], _command: str, _seed: str | None
) -> str | None:
    """By the variable that holds the tests, in their folder: at the top it means those of all."""
    named = [test.partition(": ")[0] for test in tests]
    split = [test.rpartition("/") for test in named if _PLAIN_PATH.fullmatch(test)]
    if not split:
        return None
    folder = split[0][0]
    names = dict.fromkeys(name for where, _, name in split if where == folder)
    entered = ["-C", folder] if folder else []
    return make_line(["make", *entered, "check", f"TESTS={' '.join(names)}"])


_NINJA = late(r"^(?:.*/)?(?:ninja|samu)(?:-build)?")
_MESON = late(r"^(?:.*/)?meson(?:\.py)?")


def make_meson(
    tests: list[str], _findings: Sequence[Finding], command: str, _seed: str | None
) -> str | None:
    """By `project:name`, in the build directory; ninja takes no names, and calls meson."""
    words = _find_words(command, _MESON)
    if words is None:
        called = _find_words(command, _NINJA)
        words = ["meson", *called[1:]] if called else None
    if words is None:
        return None
    kept = find_options(words, re.compile(r"-C\S+"), with_value="C")
    return make_line([words[0], "test", *kept, "--print-errorlogs", *tests])


# ---------------------------------------------------------------- Go, Rust, Java


_GO_TEST = late(r"(?P<package>.*?)\.(?P<name>(?:Test|Example|Fuzz|Benchmark)[^./]*(?:/.*)?)")
_GO_PACKAGE = late(r"[\w~][\w.~/-]*")
_GO_KEPT = late(r"-race|-tags=\S+|-short|-mod=\S+")


def make_go(
    tests: list[str], _findings: Sequence[Finding], command: str, seed: str | None
) -> str | None:
    """The tests of one package; of a subtest each part of its name is a pattern of its own."""
    split = [found for test in tests if (found := _GO_TEST.fullmatch(test))]
    if not split:
        return None
    package = split[0]["package"]
    names = [found["name"] for found in split if found["package"] == package]
    roots = [name for name in names if "/" not in name]
    parts = names[0].split("/")
    pattern = "/".join(f"^{_escape(part)}$" for part in parts)
    if len(roots) == len(names) > 1:
        pattern = f"^({'|'.join(map(_escape, roots))})$"
    kept = find_options(_find_words(command, re.compile(r"^(?:.*/)?go")) or [], _GO_KEPT)
    order = [f"-shuffle={seed}"] if seed else []
    target = package if _GO_PACKAGE.fullmatch(package) else "./..."
    return make_line(["go", "test", *kept, *order, "-run", pattern, target])


def make_cargo(
    tests: list[str], _findings: Sequence[Finding], _command: str, _seed: str | None
) -> str:
    """By their exact names; cargo itself takes one, what it calls takes several."""
    if len(tests) == 1:
        return make_line(["cargo", "test", tests[0], "--", "--exact"])
    return make_line(["cargo", "test", "--", "--exact", *tests])


def make_maven(tests: list[str], _findings: Sequence[Finding], _c: str, _seed: str | None) -> str:
    """By class and method."""
    names = ["#".join(test.rsplit(".", 1)) for test in tests]
    return make_line(["mvn", "test", f"-Dtest={','.join(names)}"])


_GRADLE = late(r"^(?:.*/)?gradlew?")


def make_gradle(
    tests: list[str], _findings: Sequence[Finding], command: str, _s: str | None
) -> str:
    """By class and method, with the wrapper where the log's command used it."""
    words = _find_words(command, _GRADLE) or ["./gradlew"]
    task = next((word for word in words[1:] if re.fullmatch(r"[\w:]*[tT]est", word)), "test")
    chosen = [word for test in tests for word in ("--tests", test)]
    return make_line([words[0], task, *chosen])


# ---------------------------------------------------------------- JavaScript

_SCRIPT = late(r"\S+\.[cm]?[jt]sx?")


def make_jest(tests: list[str], _findings: Sequence[Finding], _c: str, _seed: str | None) -> str:
    """By title; titles are printed with › between them and matched with blanks."""
    files = [test for test in tests if _SCRIPT.fullmatch(test)]
    if files:
        return make_line(["npx", "jest", *(_any_of([file], "{}") for file in files)])
    return make_line(
        ["npx", "jest", "-t", _any_of([test.replace(" › ", " ") for test in tests], "{}")]
    )


def make_vitest(tests: list[str], _findings: Sequence[Finding], _c: str, _seed: str | None) -> str:
    """By file, and by title where all that failed is one test; a file alone is no title."""
    split = [test.partition(" > ") for test in tests]
    files = dict.fromkeys(file for file, _, _ in split if _SCRIPT.fullmatch(file))
    title = split[0][2].rpartition(" > ")[2] if len(tests) == 1 else ""
    chosen = [f"--testNamePattern={title}"] if title else []
    return make_line(["npx", "vitest", "run", *files, *chosen])


def make_mocha(tests: list[str], _findings: Sequence[Finding], _c: str, _seed: str | None) -> str:
    """By their titles."""
    return make_line(["npx", "mocha", "-g", _any_of(tests, "{}")])
