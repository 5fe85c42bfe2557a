"""How to run chosen tests again with the runners of Python.

Input: canonical names, findings, the command of the log, its seed. Output: one line of shell, or
None where no name can be used.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from bot.core.log_reading import Kind
from bot.core.patterns import late
from bot.logs.formats.base import Finding
from bot.logs.formats.python.pytest_ids import is_doctest
from bot.logs.rerun.shell import find_options, is_name, make_line, parse_commands

_REGRTEST = frozenset({"test", "test.regrtest"})
_PYTHON = late(r"(?:.*[\\/])?python[\w.]*$")
# The interpreter's options that change what fails: warnings and bytes comparisons become errors,
# assertions go away, the environment is ignored. `-u` only changes when output is seen.
_INTERPRETER = late(r"-(?:b|bb|B|d|E|I|s|S|O|OO|W\S.*|X\S.*)")
# regrtest's that do; the others (-j, -w, -W, …) only change how it is run.
_KEPT = late(
    r"-u\S+|-R\S+|-M\S+|--(?:use|huntrleaks|memlimit|parallel-threads)=\S+"
    r"|--(?:slow|fast)-ci|--fail-env-changed|--single-process|--pgo(?:-extended)?"
)
_LONG = late(r"--(?:use|huntrleaks|memlimit|timeout)")
_PYTEST = late(
    r"-(?:p|W|c|o)\S.*|--(?:rootdir|import-mode|confcutdir|override-ini|config-file)=\S.*"
)
_DJANGO = late(r"(?:.*/)?(?:manage\.py|django-admin|django)")
_DJANGO_KEPT = late(r"--(?:settings|pythonpath|tag|exclude-tag|shuffle)=\S+|--keepdb")
_DOTTED = late(r"\w[\w.]*")


def make_regrtest(
    tests: list[str], findings: Sequence[Finding], command: str, seed: str | None
) -> str | None:
    """One file with -m of the very test; several files by name."""
    named = [test for test in tests if _DOTTED.fullmatch(test.removeprefix("test."))]
    if not named:
        return None
    words, options = _split_regrtest_command(command)
    kinds = {finding.kind for finding in findings}
    wanted = find_options(options, _KEPT, with_value="uRM")
    if Kind.ENV_CHANGED in kinds and "--fail-env-changed" not in wanted:
        wanted.append("--fail-env-changed")
    if Kind.TIMEOUT in kinds:
        wanted += [word for word in options if word.startswith("--timeout=")][:1]
    if seed:
        wanted += [*(["-r"] if "-r" in options else []), f"--randseed={seed}"]
    files = list(dict.fromkeys(_split_test(test)[0] for test in named))
    methods = list(dict.fromkeys(m for test in named if (m := _split_test(test)[1])))
    chosen = [word for method in methods for word in ("-m", method)]
    return make_line([*words, "-v", *wanted, *(chosen if len(files) == 1 else []), *files])


def _split_regrtest_command(line: str) -> tuple[list[str], list[str]]:
    """The interpreter with what it needs, up to `-m test`; and regrtest's own options."""
    for words in parse_commands(line):
        at = next((n for n, word in enumerate(words) if _is_regrtest(words, n, word)), None)
        if at is not None:
            module = ["-m", words[at]] if words[at] in _REGRTEST else [words[at]]
            return [*_find_python(words[:at]), *module], _glue(words[at + 1 :])
    return ["./python", "-m", "test"], []


def _is_regrtest(words: Sequence[str], at: int, word: str) -> bool:
    return word.endswith("regrtest.py") or (word in _REGRTEST and words[at - 1 : at] == ["-m"])


def _glue(options: Sequence[str]) -> list[str]:
    """`--timeout 6` as `--timeout=6`, so that every long option is one word."""
    glued: list[str] = []
    for word in options:
        if glued and _LONG.fullmatch(glued[-1]) and not word.startswith("-"):
            glued[-1] += f"={word}"
        else:
            glued.append(word)
    return glued


def _find_python(words: Sequence[str], default: str = "./python") -> list[str]:
    """The interpreter of a command, with the options that change what fails."""
    at = next((n for n, word in enumerate(words) if _PYTHON.fullmatch(word)), None)
    if at is None:
        return [default]
    return [words[at], *find_options(words[at + 1 :], _INTERPRETER, with_value="WX")]


def _split_test(test: str) -> tuple[str, str | None]:
    """`test.test_ssl.Tests.test_read` → the file `test_ssl` and the method, if one is named."""
    parts = test.removeprefix("test.").split(".")
    file = 1
    # Packages of tests are given by their path: test_asyncio.test_events.
    while file < len(parts) and re.match(r"test_\w+$", parts[file]) and file + 2 <= len(parts) - 1:
        file += 1
    method = parts[-1] if len(parts) > file + 1 and parts[-1].startswith("test") else None
    return ".".join(parts[:file]), method


def make_unittest(
    tests: list[str], _findings: Sequence[Finding], command: str, _seed: str | None
) -> str | None:
    """By dotted names; a class where its setUpClass failed."""
    ends = (".setUpClass", ".tearDownClass", ".setUpModule", ".tearDownModule")
    names = [test.rpartition(".")[0] if test.endswith(ends) else test for test in tests]
    names = [name for name in dict.fromkeys(names) if _DOTTED.fullmatch(name)]
    if not names:
        return None
    django = next((w for w in map(_split_django, parse_commands(command)) if w), None)
    python = _find_python(_words_before(command, "unittest"), "python")
    return make_line([*(django or [*python, "-m", "unittest", "-v"]), *names])


def _split_django(words: list[str]) -> list[str] | None:
    """`manage.py test`, with its settings, or None where it is something else."""
    at = next((n for n, word in enumerate(words[:-1]) if _DJANGO.fullmatch(word)), None)
    if at is None or words[at + 1] != "test":
        return None
    return [*words[: at + 2], *find_options(words[at + 2 :], _DJANGO_KEPT)]


def make_pytest(
    tests: list[str], findings: Sequence[Finding], command: str, seed: str | None
) -> str | None:
    """By node ids, with the plugins and the configuration of the command."""
    words = _words_before(command, "pytest")
    own = next((w[len(words) :] for w in parse_commands(command) if w[: len(words)] == words), [])
    order = [f"--randomly-seed={seed}"] if seed else []
    kept = find_options(own, _PYTEST, with_value="pWco")
    python = make_line([*_find_python(words, "python"), "-m", "pytest", *kept, *order])
    return " ".join([python, *_find_doctests(tests, findings, own), make_line(tests)])


def _find_doctests(
    tests: Sequence[str], findings: Sequence[Finding], own: Sequence[str]
) -> Iterator[str]:
    """The options without which pytest finds no doctests; a configuration may have them, too."""
    named = {f.test for f in findings if any("[doctest]" in line.text for line in f.lines)}
    files = [test.partition("::")[0] for test in tests if test in named or is_doctest(test)]
    if any(file.endswith(".py") for file in files) and "--doctest-modules" not in own:
        yield "--doctest-modules"
    for ending in sorted({file.rpartition(".")[2] for file in files} - {"py"}):
        yield f"--doctest-glob={shlex.quote(f'*.{ending}')}"


def _words_before(line: str, module: str) -> list[str]:
    """The words of the command that runs `module`, up to and with its name."""
    for words in parse_commands(line):
        at = next((n for n, w in enumerate(words) if re.split(r"[\\/]", w)[-1] == module), None)
        if at is not None:
            return words[: at + 1]
    return []


def make_trial(
    tests: list[str], _findings: Sequence[Finding], _command: str, _seed: str | None
) -> str | None:
    """By dotted names."""
    names = [test for test in tests if is_name(test)]
    return make_line(["python", "-m", "twisted.trial", *names]) if names else None


def make_order_template(suite: str, command: str, *, parallel: bool) -> str | None:
    """How tests are run one after the other in a given order, which `{tests}` stands for.

    Nothing shuffles, spreads or repeats them; None for a suite without such a command.
    """
    if suite == "regrtest":
        words, options = _split_regrtest_command(command)
        kept = [o for o in find_options(options, _KEPT, with_value="uRM") if o not in _CI]
        return " ".join([make_line([*words, *kept]), "{tests}"])
    if suite == "unittest":
        python = _find_python(_words_before(command, "unittest"), "python")
        return " ".join([make_line([*python, "-m", "unittest", "-v"]), "{tests}"])
    if suite == "pytest":
        words = _words_before(command, "pytest")
        own = next(
            (w[len(words) :] for w in parse_commands(command) if w[: len(words)] == words), []
        )
        kept = _without_chance(find_options(own, _PYTEST, with_value="pWco"))
        alone = ["-n0"] if parallel else []
        python = [*_find_python(words, "python"), "-m", "pytest", "-p", "no:randomly", *alone]
        return " ".join([make_line([*python, *kept]), "{tests}"])
    return None


def _without_chance(options: Sequence[str]) -> list[str]:
    """Without the plugins that shuffle, which `-p` may have named."""
    kept: list[str] = []
    for word in options:
        if "random" not in word:
            kept.append(word)
        elif kept[-1:] == ["-p"]:
            kept.pop()
    return kept


# They shuffle, run in parallel and run what fails again.
_CI = frozenset({"--fast-ci", "--slow-ci", "--single-process"})


def make_bisect_command(command: str, file: str, kinds: Iterable[Kind]) -> str:
    """Regrtest's own search for the method of a file that leaks or changes the environment."""
    words, options = _split_regrtest_command(command)
    kept = [o for o in find_options(options, _KEPT, with_value="uRM") if o not in _CI]
    if Kind.ENV_CHANGED in kinds and "--fail-env-changed" not in kept:
        kept.append("--fail-env-changed")
    if Kind.REFLEAK in kinds and not any(o.startswith(("-R", "--huntrleaks")) for o in kept):
        kept += ["-R", "3:3"]
    python = words[:-1] if words[-1].endswith("regrtest.py") else words[:-2]
    return make_line([*python, "-m", "test.bisect_cmd", *kept, file])
