"""How to run chosen tests again: Ruby, PHP, the BEAM, Rust, Swift, shells, Lisp, Tcl, Lua, R.

Input and output: as in `recipes`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from bot.core.patterns import late
from bot.logs.formats.base import Finding
from bot.logs.rerun.recipes import (
    Call,
    Maker,
    any_of,
    escape,
    find_files,
    find_in_lines,
    recipe,
)
from bot.logs.rerun.shell import find_program, is_name, make_line, parse_commands

# ---------------------------------------------------------------- TAP, by who prints it

_BATS_FILE = late(r"\(in test file (?P<it>\S+), line \d+\)")


def _bats(call: Call, tests: list[str], findings: Sequence[Finding]) -> Sequence[str] | None:
    """By name, in the files that bats names below each failure."""
    files = (
        find_in_lines(findings, _BATS_FILE) or find_files(findings) or call.find_files(r"\.bats")
    )
    return [*call.words("bats"), "-f", any_of(tests), *files] if files else None


def _prove(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str] | None:
    """Whole files: Perl's tests have no other handle."""
    files = dict.fromkeys(test.partition(" > ")[0] for test in tests)
    named = [file for file in files if re.fullmatch(r"[\w./+-]+", file)]
    kept = call.keep(r"-(?:[lb]+|I.+)|--(?:lib|blib)", "I")
    return [*call.before, "-v", *kept, *named] if named else None


def _node(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str] | None:
    """Of the first test its file, and the outermost name: a part of a test runs not without it."""
    file, *names = tests[0].split(" > ")
    if not re.fullmatch(r"[\w./+-]+\.[cm]?[jt]s", file):
        return None
    chosen = [f"--test-name-pattern={any_of(names[:1])}"] if names else []
    return [*call.before, "--test", *chosen, file]


def _busted(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    """One test, by a pattern of Lua's."""
    name = re.sub(r"([^\w\s])", r"%\1", tests[0])
    kept = call.keep(r"-o\w+|--(?:output|lpath|cpath|helper)=\S+", "o")
    return [*call.words("busted"), *kept, f"--filter=^{name}$", *call.find_files(r"\.lua")]


_DIALECTS = (
    recipe(r"(?:.*/)?bats", lambda call, *rest: _bats(call, *rest) if call.before else None),
    recipe(r"(?:.*/)?prove", lambda call, *rest: _prove(call, *rest) if call.before else None),
    recipe(r"(?:.*/)?node", lambda call, *rest: _node(call, *rest) if call.before else None),
    recipe(r"(?:.*/)?busted", lambda call, *rest: _busted(call, *rest) if call.before else None),
)


def _tap(
    tests: list[str], findings: Sequence[Finding], command: str, seed: str | None
) -> str | None:
    """By the program that the command calls; GLib's take the paths that they print."""
    made = (make(tests, findings, command, seed) for make in _DIALECTS)
    line = next((line for line in made if line), None)
    program = find_program(command)
    if line or not program or not all(re.fullmatch(r"(?:/[\w.:-]+)+", test) for test in tests):
        return line
    return make_line([program, *(word for test in tests for word in ("-p", test))])


# ---------------------------------------------------------------- Ruby and PHP


def _minitest(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str] | None:
    """By an expression over `Class#name`; those of the spec style are numbered there."""
    split = [test.rpartition("#") for test in tests]
    names = "|".join(f"{escape(c)}#(?:test_\\d{{4}}_)?{escape(name)}" for c, _, name in split)
    chosen = f"/^(?:{names})$/"
    order = ["--seed", call.seed] if call.seed else []
    if not call.before:
        return None
    if call.before[-1].endswith("rake"):
        # It hands the options to a shell, and takes each word that is none for a file.
        words = [f"--name={chosen}", *(f"--seed={seed}" for seed in order[1:])]
        return [*call.before, *call.find_files(r"test\S*"), f"TESTOPTS={make_line(words)}"]
    return [
        *call.before,
        *call.keep(r"-[Irw]\S*|test", "Ir"),
        *call.find_files(r"\.rb"),
        "-n",
        chosen,
        *order,
    ]


def _test_unit(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str] | None:
    """By class and by name, of one class at a time."""
    scope, _, name = tests[0].partition("#")
    files = call.find_files(r"\.rb")
    if not call.before or not files:
        return None
    return [
        *call.before,
        *call.keep(r"-[Irw]\S*", "Ir"),
        *files,
        "-t",
        f"/^{escape(scope)}$/",
        "-n",
        f"/^{escape(name)}$/",
    ]


def _rspec(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    """By description; a file that cannot be loaded by its path."""
    files = [test for test in tests if test.endswith(".rb")]
    order = ["--seed", call.seed] if call.seed else []
    kept = call.keep(r"-[Ir]\S*|--(?:options|require|default-path|pattern)=?\S*", "Ir")
    if files:
        return [*call.words("rspec"), *kept, *files]
    chosen = [word for test in tests for word in ("-e", test)]
    return [*call.words("rspec"), *kept, *chosen, *call.find_files(r"(?:\.rb(?::\d+)?|/)"), *order]


_PHPUNIT_KEPT = r"-c\S*|--(?:configuration|bootstrap|testsuite|random-order-seed|order-by)=\S+"


def _phpunit(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    """By an expression over `Class::name`, with the name of the data set."""
    paths = [word for word in call.rest[-1:] if not word.startswith("-") and is_name(word)]
    chosen = f"/^(?:{any_of(tests, '{}')})$/"
    return [
        *call.words("vendor/bin/phpunit"),
        *call.keep(_PHPUNIT_KEPT, "c"),
        "--filter",
        chosen,
        *paths,
    ]


# ---------------------------------------------------------------- Erlang, Elixir, Rust, Swift

_EXS = late(r"^\s+(?P<it>\S+_test\.exs:\d+)$")
_ATOM = late(r"[a-z]\w*")


def _exunit(call: Call, _tests: list[str], findings: Sequence[Finding]) -> Sequence[str] | None:
    """By the lines at which they begin."""
    places = find_in_lines(findings, _EXS)
    order = ["--seed", call.seed] if call.seed else []
    return [*call.words("mix"), "test", *order, *places] if places else None


def _eunit(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str] | None:
    """By function; a generator makes all of its tests."""
    named = [test.partition(" ")[0].split(":") for test in tests]
    known = [words for words in named if len(words) == 2 and all(map(_ATOM.fullmatch, words))]
    if not known:
        return None
    if call.before and call.before[-1].endswith("rebar3"):
        modules = ",".join(dict.fromkeys(module for module, _ in known))
        return [*call.before, "eunit", f"--module={modules}"]
    sort = {True: "generator", False: "test"}
    wanted = ",".join(f"{{{sort[name.endswith('_')]},{m},{name}}}" for m, name in known)
    code = f"R=eunit:test([{wanted}]),init:stop(if R==ok->0;true->1 end)."
    paths = _follow(call.rest, "-pa", "-pz")
    return [*call.words("erl"), "-noshell", *paths, "-eval", code]


def _follow(words: Sequence[str], *options: str) -> list[str]:
    """The options with the word behind each."""
    return [word for pair in pairwise(words) if pair[0] in options for word in pair]


def _common_test(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    """By case, of one suite."""
    suite = tests[0].partition(":")[0]
    cases = [test.partition(":")[2] for test in tests if test.startswith(f"{suite}:")]
    if call.before and call.before[-1].endswith("ct_run"):
        return [
            *call.before,
            "-noshell",  # else a shell waits behind the tests, and ends well
            *_follow(call.rest, "-dir", "-pa", "-logdir"),
            "-suite",
            suite,
            "-case",
            *cases,
        ]
    return [*call.words("rebar3"), "ct", f"--suite={suite}", f"--case={','.join(cases)}"]


def _nextest(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    """By the exact names of the binary and the test."""
    split = [test.partition(" ") for test in tests]
    chosen = " | ".join(f"(binary_id(={binary}) & test(={name}))" for binary, _, name in split)
    kept = call.keep(r"--(?:release|workspace|all-features|features=\S+|profile=\S+)|-p\S+", "p")
    return [*call.words("cargo"), "nextest", "run", *kept, "-E", chosen]


def _swift(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str] | None:
    """By `Class/name`; a name for people is none that can be asked for."""
    names = [
        "/".join(test.rsplit(".", 1)) for test in tests if re.fullmatch(r"[\w.]+(?:\(.*\))?", test)
    ]
    chosen = [
        word for name in names for word in ("--filter", f"{escape(name.partition('(')[0])}\\b")
    ]
    return [*call.words("swift"), "test", *chosen] if names else None


# ---------------------------------------------------------------- shells, Tcl, Lisp, OCaml


def _shunit2(
    tests: list[str], _findings: Sequence[Finding], command: str, _seed: str | None
) -> str | None:
    """By function, behind the script of the last command."""
    words = next(iter(parse_commands(command)[-1:]), [])
    if not words or not re.search(r"(?:^|/)(?:ba|da|k|z)?sh$|\.sh$", words[0]):
        return None
    own = words[: words.index("--")] if "--" in words else words
    return make_line([*own, "--", *tests])


def _tcltest(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str] | None:
    files = call.find_files(r"\.(?:tcl|test)")
    return [*call.before, *files, "-match", " ".join(tests)] if call.before and files else None


def _ert(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str] | None:
    """By a selector, after what the command loads."""
    loaded = _follow(call.rest, "-l", "-L", "--load", "--directory", "--eval")
    names = " ".join(test for test in tests if re.fullmatch(r"[\w/:+*<>=!?-]+", test))
    if not loaded or not names:
        return None
    kept = [word for word in loaded if "ert-run-tests" not in word]
    if kept and kept[-1] == "--eval":
        kept.pop()
    return [
        *call.before,
        "-Q",
        "--batch",
        *kept,
        "--eval",
        f"(ert-run-tests-batch-and-exit '(member {names}))",
    ]


# ---------------------------------------------------------------- JavaScript, R


def _jasmine(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str]:
    order = [f"--seed={call.seed}"] if call.seed else []
    words = call.words("npx", "jasmine")
    return [
        *words,
        *call.keep(r"--(?:config|random|require)=\S+"),
        *order,
        f"--filter=^({any_of(tests, '{}')})$",
    ]


_R_RUNS = late(
    r"\b(?P<call>(?:testthat::|devtools::)?(?:test_dir|test_local|test)\()(?P<rest>[^()]*)\)"
)


def _testthat(call: Call, tests: list[str], _findings: Sequence[Finding]) -> Sequence[str] | None:
    """The file, by the filter of the function that the command calls; 3.1 takes nothing smaller."""
    found = next((m for word in call.rest if (m := _R_RUNS.search(word))), None)
    name = re.fullmatch(r"test-?(\S+)\.[rR]", tests[0].partition(": ")[0])
    if not found or not name or "filter" in found["rest"]:
        return None
    place = f"{found['rest']}, " if found["rest"].strip() else ""
    package = "" if "::" in found["call"] else "testthat::"
    code = f'{package}{found["call"]}{place}filter = "^{escape(name[1])}$")'
    return [*call.before, "-e", code.replace("\\", "\\\\")]


SCRIPTS: dict[str, Maker] = {
    "tap": _tap,
    "bats": recipe(r"(?:.*/)?bats", _bats),
    "busted": recipe(r"(?:.*/)?busted", _busted),
    "minitest": recipe(r"(?:.*/)?(?:ruby[\d.]*|rake|rails)", _minitest),
    "test-unit": recipe(r"(?:.*/)?ruby[\d.]*", _test_unit),
    "rspec": recipe(r"(?:.*/)?rspec", _rspec),
    "phpunit": recipe(r"(?:.*/)?(?:phpunit|simple-phpunit)(?:\.phar|\.sh)?", _phpunit),
    "exunit": recipe(r"(?:.*/)?mix", _exunit),
    "eunit": recipe(r"(?:.*/)?(?:erl|rebar3)", _eunit),
    "common_test": recipe(r"(?:.*/)?(?:ct_run|rebar3)", _common_test),
    "nextest": recipe(r"(?:.*/)?cargo", _nextest),
    "xctest": recipe(r"(?:.*/)?swift", _swift),
    "swift-testing": recipe(r"(?:.*/)?swift", _swift),
    "shunit2": _shunit2,
    "tcltest": recipe(r"(?:.*/)?tclsh[\d.]*", _tcltest),
    "ert": recipe(r"(?:.*/)?emacs", _ert),
    "jasmine": recipe(r"(?:.*/)?jasmine", _jasmine),
    "testthat": recipe(r"(?:.*/)?Rscript", _testthat),
}
