"""How to run chosen tests again with the runners of other languages than Python.

Input: canonical names, findings, the command of the log, its seed. Output: one line of shell, or
None where no name can be used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from shlex import quote

from bot.logs.formats.base import Finding
from bot.logs.shell import (
    find_options,
    find_program,
    is_name,
    make_line,
    make_one_line,
    parse_commands,
)

Maker = Callable[[list[str], Sequence[Finding], str, str | None], str | None]

_SPECIAL = re.compile(r"([\\.^$*+?{}\[\]|()])")


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
    names = ":".join(tests)
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


_CTEST = re.compile(r"(?:.*/)?ctest[\d.]*")
_CTEST_KEPT = re.compile(r"-C\S+|--(?:test-dir|build-config)=\S+")


def make_ctest(
    tests: list[str], _findings: Sequence[Finding], command: str, _seed: str | None
) -> str:
    """By their exact names, in the build directory."""
    words = _find_words(command, _CTEST) or []
    kept = find_options(_glue(words, "--test-dir"), _CTEST_KEPT, with_value="C")
    entered = _find_entered(command)
    if entered and words and "--test-dir" not in " ".join(kept):
        kept.append(f"--test-dir={entered[-1]}")
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


_LIT = re.compile(r"(?:.*/)?(?:llvm-)?lit(?:\.py)?")
# Options of lit that take the next word.
_LIT_TAKES = frozenset({"-j", "--workers", "--timeout", "--param", "-D", "-o", "--output",
    "--filter", "--filter-out", "--xunit-xml-output", "--time-tests", "--path"})  # fmt: skip


def make_lit(
    tests: list[str], _findings: Sequence[Finding], command: str, _seed: str | None
) -> str | None:
    """By a filter over the suites of the command: names are relative to a suite, not to us."""
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
_PLAIN_PATH = re.compile(r"\w[\w./+-]*")


def make_automake(
    tests: list[str], _findings: Sequence[Finding], _command: str, _seed: str | None
) -> str | None:
    """By the variable that holds the tests."""
    plain = [test for test in tests if _PLAIN_PATH.fullmatch(test)]
    return make_line(["make", "check", f"TESTS={' '.join(plain)}"]) if plain else None


# ---------------------------------------------------------------- Go, Rust, Java


_GO_TEST = re.compile(r"(?P<package>.*?)\.(?P<name>(?:Test|Example|Fuzz|Benchmark)[^./]*(?:/.*)?)")
_GO_PACKAGE = re.compile(r"[\w~][\w.~/-]*")
_GO_KEPT = re.compile(r"-race|-tags=\S+|-short|-mod=\S+")


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
    kept = find_options(_find_words(command, re.compile(r"(?:.*/)?go")) or [], _GO_KEPT)
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


# ---------------------------------------------------------------- JavaScript

_SCRIPT = re.compile(r"\S+\.[cm]?[jt]sx?")


def make_jest(tests: list[str], _findings: Sequence[Finding], _c: str, _seed: str | None) -> str:
    """By title; titles are printed with › between them and matched with blanks."""
    files = [test for test in tests if _SCRIPT.fullmatch(test)]
    if files:
        return make_line(["npx", "jest", *(_any_of([file], "{}") for file in files)])
    return make_line(
        ["npx", "jest", "-t", _any_of([test.replace(" › ", " ") for test in tests], "{}")]
    )


def make_vitest(tests: list[str], _findings: Sequence[Finding], _c: str, _seed: str | None) -> str:
    """By the first one's title."""
    return make_line(["npx", "vitest", "run", f"--testNamePattern={tests[0].rpartition(' > ')[2]}"])


def make_mocha(tests: list[str], _findings: Sequence[Finding], _c: str, _seed: str | None) -> str:
    """By their titles."""
    return make_line(["npx", "mocha", "-g", _any_of(tests, "{}")])
