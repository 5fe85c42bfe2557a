"""No pattern takes more than linear time, whatever it is made to read.

A new pattern is found by itself. One that fails is written in another way (look for two loops
side by side that take the same letters, or for a loop that a search may begin in anywhere), or is
made by `linear` of `bot.core.patterns`.
"""

import re

import pytest

from tests.support.find_patterns import Found, find_patterns, find_unseen
from tests.support.growth import find_slow_text

# Functions that make a pattern of what they are given. What they are given at import is found
# where it lies; the rest is said here.
KNOWN_MAKERS = {
    "bot.app.logging_setup make_redactor",  # alternatives of escaped settings
    "bot.app.request_settings _make_filter",  # re2
    "bot.app.setting_parsers parse_pattern",  # re2
    "bot.app.wiring make_stable_filter",  # re2
    "bot.core.commands.parser parse_commands",  # an escaped prefix, matched on one line
    "bot.core.failures.normalize _rule",
    "bot.core.patterns _compile_linear",
    "bot.core.patterns late",
    "bot.core.patterns make_search",  # re2
    "bot.core.payloads.build_address parse_build_place",  # a constant: digits
    "bot.logs.formats.native.meson gather_parts",  # digits that another pattern found
    "bot.logs.formats.project make_format",  # re2
    "bot.logs.formats.runner make_runner",  # at import; the classes that it makes hold them
    "bot.logs.project_rules _check_together",  # re2
    "bot.logs.rerun.recipes find_call",  # re2
    "bot.logs.rerun.recipes find_files",  # re2
    "bot.logs.rerun.recipes keep",  # re2
    "bot.logs.rerun.shell find_options",  # one letter out of a few
}


def fails(found: Found) -> tuple[str, str, str] | None:
    """What a pattern is too slow on; of a log it meets single lines."""
    lines = found.where.startswith("bot.logs")
    return find_slow_text(found.compiled, found.methods, lines=lines)


# A minute of the processor's time: on a machine that others use that may be several.
@pytest.mark.timeout(900)
def test_every_pattern_takes_linear_time() -> None:
    """A log, a comment or a name that somebody sends must not hold us up."""
    patterns = find_patterns()
    slow = {f"{f.where}: {f.source}": text for f in patterns if (text := fails(f))}
    assert slow == {}
    assert len(patterns) > 500  # else they were not found


def test_a_pattern_that_only_running_shows_is_known() -> None:
    """What is pieced together from a log or a setting cannot be tried here."""
    assert set(find_unseen()) <= KNOWN_MAKERS


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",  # exponential
        r"(?:a|a)*b",
        r"^(\w+\s?)*$",
        r"\s+$",  # a search may begin at each blank
        r"\w+@",
        r".*foo.*bar",
        r"^.*x.*y$",  # two loops that take the same
        r"^\d*\w*;",
        r"^(?P<a>\S+) \((?:.*)\) (?:.*)end",
        r"<!--.*?-->",
        r"key=(?=.*z)",  # what looks ahead walks as well
        r"x{0,9000}y",
        r"(?:ab)*(?:abab)*c",
        r"(?i)^a*A*b",
    ],
)
def test_a_slow_pattern_is_caught(pattern: str) -> None:
    """Without this the test above might be blind."""
    assert find_slow_text(re.compile(pattern), {"search"}, lines=True)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\w+: (.*)$",
        r"error: .*",
        r"^[^:]+:\d+: .*",
        r"(?:/[^/]+)+$".replace("(?:", "^(?:"),
        r"x{0,20}y",
        r"^(?:\d+ \w+, )*\d+ passed",
        r"(?<!a)a+b",
    ],
)
def test_a_fast_pattern_passes(pattern: str) -> None:
    assert find_slow_text(re.compile(pattern), {"search"}, lines=True) is None
