"""A project's own format is a file of rules; what is wrong with it is told before a log is read."""

from pathlib import Path

import pytest

from bot.core.log_rules import ProjectFormat
from bot.core.patterns import linear
from bot.logs.project_rules import LARGEST, parse_rules
from tests.support.growth import find_slow_text

RULE = """
[[rule]]
means = "failed"
needle = "!! "
pattern = '^!! (?P<id>\\S+): (?P<text>.+)$'
example = "!! lid: it is open"
"""
FILE = f'name = "tinker"\nreproduce = "./tinker --only {{ids}}"\n{RULE}'
ENDS = """
[[rule]]
means = "ends"
needle = "tinker is done"
pattern = '^tinker is done'
example = "tinker is done."
"""
LINT = """
name = "picky"
[[rule]]
means = "problem"
kind = "lint"
needle = "picky: "
pattern = '^(?P<path>\\S+):(?P<line>\\d+): picky: (?P<text>.+)$'
example = "src/a.c:3: picky: too long"
"""


def make(text: str) -> ProjectFormat:
    parsed = parse_rules(text.encode())
    assert parsed.problems == ()
    assert parsed.format
    return parsed.format


def swap(old: str, new: str) -> bytes:
    assert old in FILE
    return FILE.replace(old, new).encode()


PATTERN = "'^!! (?P<id>\\S+): (?P<text>.+)$'"
WRONG = {
    "a huge file": (b"#" * (LARGEST + 1), "more than 65536 bytes"),
    "no TOML": (b"name = tinker", "it is not TOML"),
    "no text": (b"name = '\xff'", "not in UTF-8"),
    "too deep": (b"a = " + b"[" * 9000 + b"]" * 9000, "nested too deeply"),
    "dots": (b".".join([b"a"] * 600) + b" = 1", "dots"),
    "nothing": (b"", "`name` must be"),
    "no rule": (b'name = "tinker"', "no `[[rule]]`"),
    "a table": (b'name = "tinker"\n[rule]\nmeans = "failed"', "no `[[rule]]`"),
    "a list": (b'name = "tinker"\nrule = [3]', "rule 1: it must be a table"),
    "too many": ((FILE + RULE * 50).encode(), "51 rules"),
    "only an end": (('name = "t1"' + ENDS).encode(), "no rule means `failed`"),
    "our name": (swap('"tinker"', '"pytest"'), "pytest is a format of ours"),
    "a bad name": (swap('"tinker"', '"Tin ker"'), "`name` must be"),
    "an unknown key": (swap("example", "exampel"), "is `example` meant?"),
    "an unknown key above": (swap("reproduce", "rerun"), "nothing reads `rerun`"),
    "no meaning": (swap('means = "failed"', 'means = ["x"]'), "`means` must be one of"),
    "a wrong kind": (swap('"failed"', '"failed"\nkind = "sad"'), "`kind` must be one of"),
    "a needless kind": (
        (FILE + ENDS + 'kind = "lint"').encode(),
        "rule 2: `kind` is for",
    ),
    "no kind": (LINT.replace('kind = "lint"', "").encode(), "needs its `kind`"),
    "many lines": (swap('"failed"', '"failed"\nbelow = 101'), "from 0 to 100"),
    "true lines": (swap('"failed"', '"failed"\nabove = true'), "`above` must be"),
    "a short needle": (swap('"!! "', '"!!"'), "3 to 100 letters"),
    "blanks": (swap('"!! "', '"    "'), "not only blanks"),
    "no needle": (swap('needle = "!! "', ""), "`needle` must be"),
    "a needle of two lines": (swap('"!! "', '"!!\\n "'), "control characters"),
    "an expression": (swap('"!! "', '"/.*/"'), "begin and end with a slash"),
    "a needle elsewhere": (swap('"!! "', '"?? "'), "'?? ' does not stand in the pattern"),
    "a needle by chance": (swap('"!! lid: it', '"!lid: it'), "does not stand in the example"),
    "another example": (swap('"!! lid: it is open"', '"!! lid"'), "does not match the example"),
    "no example": (swap('example = "!! lid: it is open"', ""), "`example` must be one line"),
    "matches all": (swap(PATTERN, "'!! (?P<id>)|'"), "matches a line with nothing in it"),
    "no test": (swap("(?P<id>\\S+)", "\\S+"), "`(?P<id>…)`"),
    "a group of none": (swap("(?P<text>", "(?P<why>"), "a group `why`, which nothing reads"),
    "look-ahead": (swap(PATTERN, "'^!! (?P<id>\\S+)(?=.*x)'"), "takes linear time"),
    "a back-reference": (swap(PATTERN, "'^!! (?P<id>\\S+) \\1'"), "takes linear time"),
    "brackets": (swap(PATTERN, "'^!! ((?P<id>\\S+)'"), "missing )"),
    "an automaton": (swap(PATTERN, "'^!! (?P<id>x)(a?){500}'"), "takes too long"),
    "a long pattern": (swap(PATTERN, f"'^!! (?P<id>{'x' * 500})'"), "at most 500"),
    "a number": (swap(PATTERN, "3"), "`pattern` must be a text"),
    "no id": (swap("{ids}", "x"), "must hold {id} or {ids}"),
    "another field": (swap("{ids}", "{ids} {name}"), "may hold"),
    "a spec": (swap("{ids}", "{ids:>999999999}"), "may hold"),
    "an attribute": (swap("{ids}", "{ids.__class__}"), "may hold"),
    "a brace": (swap("{ids}", "{ids"), "write {{ and }}"),
    "quotes": (swap("{ids}", "'{ids}'"), "outside of quotes"),
    "a shell in a shell": (swap("--only {ids}", "sh -c 'run {id}'"), "outside of quotes"),
    "back-ticks": (swap("{ids}", "`{ids}`"), "outside of quotes"),
    "a backslash": (swap("{ids}", "\\\\{ids}"), "outside of quotes"),
    "two lines": (swap("{ids}", "{ids}\\nrm"), "in one line"),
    "a long command": (swap("{ids}", "{ids}" + "x" * 500), "at most 500"),
    "a bad cause": (("cause = '('\n" + FILE).encode(), "`cause` is no pattern"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told(name: str) -> None:
    content, words = WRONG[name]
    parsed = parse_rules(content)
    assert parsed.format is None
    assert any(words in said for said in parsed.problems), parsed.problems


def test_all_mistakes_are_told_at_once() -> None:
    text = FILE.replace("example", "exampel") + RULE.replace('"!! "', '"!"')
    assert [said[:7] for said in parse_rules(text.encode()).problems] == ["rule 1:"] * 2 + [
        "rule 2:"
    ]


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"^(\w+\s?)*$", r"\s+$", r".*foo.*bar", r"^a*A*b"])
def test_whatever_a_project_writes_takes_linear_time(pattern: str) -> None:
    """The growth test of our own patterns, which these fail where Python searches."""
    assert find_slow_text(linear(pattern), {"search"}, lines=True) is None


def test_the_examples_patterns_take_linear_time() -> None:
    page = (Path(__file__).parents[2] / "docs/log-rules.md").read_text()
    text = page.partition("```toml\n")[2].partition("```")[0]
    for rule in make(text).rules:
        assert find_slow_text(linear(rule.pattern), {"search"}, lines=True) is None
