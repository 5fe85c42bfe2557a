"""Which words of a comment are commands: what a person sees as plain text, and nothing else."""

import cProfile
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.commands.parser import (
    COMMANDS,
    MOST_COMMANDS,
    ParsedCommand,
    parse_commands,
)
from bot.core.model.command_prefix import LONGEST, may_hold_commands

HELP, MUTE = ParsedCommand("help"), ParsedCommand("mute")


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("/buildbot help", (HELP,)),
        ("/buildbot", (HELP,)),
        ("/BuildBot HELP", (HELP,)),
        ("Sorry!\n/buildbot help\nThanks", (HELP,)),
        ("/buildbot help\r\n/buildbot mute\r\n", (HELP, MUTE)),
        ("para\n\n   /buildbot help", (HELP,)),
        ("/buildbot flaky `test_ssl`", (ParsedCommand("flaky", "test_ssl"),)),
        ("/buildbot flaky test.__init__ *x*", (ParsedCommand("flaky", "test.__init__ *x*"),)),
        ("/buildbot not-me  it is   docs", (ParsedCommand("not-me", "it is   docs"),)),
        ("/buildbot statsu", (ParsedCommand(None, nearest="status"),)),
        ("/buildbot deploy", (ParsedCommand(None),)),
        ("/buildbot h\u200belp", (ParsedCommand(None, nearest="help"),)),
        # Not at the start of a line, or not a word to us.
        ("please /buildbot help", ()),
        ("/buildbotic help", ()),
        ("\u200b/buildbot help", ()),
        ("\u202e/buildbot help", ()),
        # Shown as something else than plain text.
        ("    /buildbot help", ()),
        ("```\n/buildbot help\n```", ()),
        ("~~~\n/buildbot help", ()),
        ("`a\n/buildbot help\n`", ()),
        ("`/buildbot help`", ()),
        ("> /buildbot help", ()),
        ("> quoted\n/buildbot help", ()),
        ("- /buildbot help", ()),
        ("# /buildbot help", ()),
        ("/buildbot help\n===", ()),
        # Not shown at all, or folded away.
        ("<!--\n/buildbot help\n-->", ()),
        ("a <!--\n/buildbot help\n--> b", ()),
        ("<details>\n\n/buildbot help\n\n</details>", ()),
        ("<details>\n\n/buildbot help\n\n</details>\n\n/buildbot mute", (MUTE,)),
        ("text <pre>\n/buildbot help\n</pre>", ()),
        ("<blockquote>\n\n/buildbot help", ()),
        # In a table, a footnote or a block of HTML: not the comment's own text.
        ("| a |\n| --- |\n| b |\n/buildbot help", ()),
        ("| a |\n| --- |\n/buildbot help", ()),
        ("see[^1]\n\n[^1]: a note\n/buildbot help", ()),
        ("[^1]: note\n/buildbot help", ()),
        ("[docs]: https://example.org\n/buildbot help", (HELP,)),
        ("<div>\n\n/buildbot help\n\n</div>", ()),
        ("<div>\n/buildbot help\n</div>", ()),
        ("<div>\n\ntext\n\n</div>\n\n/buildbot mute", (MUTE,)),
        ("<table><tr><td>\n\n/buildbot help", ()),
        ("<hr>\n\n/buildbot help", (HELP,)),
    ],
)
def test_what_a_person_sees_as_plain_text_counts(
    text: str, calls: tuple[ParsedCommand, ...]
) -> None:
    """A quoted or hidden command would act in the name of somebody who never gave it."""
    assert parse_commands(text).calls == calls


@pytest.mark.parametrize("count", [MOST_COMMANDS + 1, 10_000])
def test_a_flood_of_commands_runs_none(count: int) -> None:
    found = parse_commands("/buildbot help\n" * count)
    assert found.too_many
    assert found.calls == ()


def test_the_most_that_is_allowed_runs() -> None:
    assert len(parse_commands("/buildbot help\n" * MOST_COMMANDS).calls) == MOST_COMMANDS


def test_another_prefix_is_a_setting() -> None:
    assert parse_commands("!watch help", "!watch").calls == (HELP,)
    assert parse_commands("/buildbot help", "!watch").calls == ()


def test_names_are_one_word_each_and_no_two_alike() -> None:
    names = [command.name for command in COMMANDS]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalpha() and name == name.lower() for name in names)


MARKS = st.sampled_from(
    ["/buildbot", " ", "\n", "`", "```", ">", "-", "#", "<!--", "-->", "<details>", "</details>",
     "<pre>", "@octocat", "help", "mute", "\\", "*", "_", "[", "](", "\u202e", "\u200b", "\0", "\t"]
)  # fmt: skip


@given(st.lists(MARKS, max_size=60).map("".join))
@settings(deadline=None)
def test_any_text_gives_few_calls_of_known_names(text: str) -> None:
    """Nothing that anybody writes may crash or hold up the reader of it."""
    found = parse_commands(text)
    assert len(found.calls) <= MOST_COMMANDS
    for call in found.calls:
        assert call.name is None or call.name in {command.name for command in COMMANDS}
        assert "\n" not in call.argument


@pytest.mark.parametrize(
    "unit",
    ["[", "<?", "<!--", "`", "`` ` ", "> ", "- ", "\\`", "[a]: x '\n", "[a\n", "<a b='", "\t\n"],
)
def test_the_longest_comment_is_read_in_a_moment(unit: str) -> None:
    """Whoever writes one line must not stop everybody else's work: half a second was measured."""
    text = "/buildbot help\n\n" + unit * (LONGEST // len(unit))
    began = perf_counter()
    assert len(parse_commands(text).calls) == 1
    assert perf_counter() - began < 10


@given(st.text(alphabet=st.characters(exclude_characters="\r\n"), max_size=100))
def test_a_quotation_never_runs(text: str) -> None:
    assert parse_commands(f"> /buildbot help\n> {text}").calls == ()


# ---------------------------------------------------------------- what reading costs


def count_calls(text: str) -> int:
    """How much is done to read a text; the same on every machine."""
    profile = cProfile.Profile()
    profile.runcall(parse_commands, text)
    return sum(entry.callcount for entry in profile.getstats())


SHAPES = (
    "> ", "- ", "1. ", "[", "![", "`a ", "<", "<!-- ", "*a ", "> \n", "- a\n", "[a]: x\n", "\\",
    '<a b="', "| a |\n| - |\n", "[^a]: b\n", "<div>\n", "a\n", "> - a\n", "  - a\n",
)  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_as_long_costs_four_times_as_much(shape: str) -> None:
    """Nested marks kept the service silent for half a minute."""
    short, long = (shape * n + "\n\n/buildbot help" for n in (500, 2000))
    assert count_calls(long) <= 5 * count_calls(short)


def test_a_comment_without_a_word_to_us_is_not_parsed_at_all() -> None:
    """The prefix in the middle of a line is none."""
    assert not may_hold_commands("> " * 10_000 + " /buildbot help", "/buildbot")
    assert may_hold_commands("x" * 10_000 + "\r  /BUILDBOT help", "/buildbot")
