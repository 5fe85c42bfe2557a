"""Which words of a comment are commands: what a person sees as plain text, and nothing else."""

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.commands import COMMANDS, LONGEST, MOST_COMMANDS, Call, parse_commands

HELP, MUTE = Call("help"), Call("mute")


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("/buildbot help", (HELP,)),
        ("/buildbot", (HELP,)),
        ("/BuildBot HELP", (HELP,)),
        ("Sorry!\n/buildbot help\nThanks", (HELP,)),
        ("/buildbot help\r\n/buildbot mute\r\n", (HELP, MUTE)),
        ("para\n\n   /buildbot help", (HELP,)),
        ("/buildbot flaky `test_ssl`", (Call("flaky", "test_ssl"),)),
        ("/buildbot flaky test.__init__ *x*", (Call("flaky", "test.__init__ *x*"),)),
        ("/buildbot not-me  it is   docs", (Call("not-me", "it is   docs"),)),
        ("/buildbot statsu", (Call(None, nearest="status"),)),
        ("/buildbot deploy", (Call(None),)),
        ("/buildbot h\u200belp", (Call(None, nearest="help"),)),
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
    ],
)
def test_what_a_person_sees_as_plain_text_counts(text: str, calls: tuple[Call, ...]) -> None:
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
