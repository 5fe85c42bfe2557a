"""Whatever a log, a title or a builder's name holds, in a comment it is text and nothing else.

With NIGHTSWATCH_DATA set, a stand-in for GitHub's own rules looks for effects as well.
"""

import html
import itertools
import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.render.markdown import (
    CUT,
    EMPTY,
    make_fence,
    make_html,
    make_inline_code,
    make_link,
    make_text,
    strip_controls,
)
from tests.support.markdown_effects import (
    BREAK,
    DATA,
    NASTY,
    Page,
    effects,
    find_plain_effects,
    render,
)

nasty_text = st.lists(
    st.one_of(
        st.sampled_from(NASTY[:-2]), st.text(max_size=20), st.sampled_from("@#`<>&|[]()!-:/ \n")
    ),
    max_size=8,
).map("".join)


CONTEXTS: dict[str, Callable[[str], str]] = {
    "text": make_text,
    "inline code": make_inline_code,
    "fence": lambda text: make_fence(text.split("\n")),
    "html": lambda text: f"<div>{make_html(text)}</div>",
}


in_every_context = pytest.mark.parametrize("name", CONTEXTS)


ALLOWED = {"html": {"div"}, "text": {"p"}, "inline code": {"p", "code"}, "fence": {"pre", "code"}}


def check(name: str, hostile: str) -> None:
    markdown = CONTEXTS[name](hostile)
    page = Page(markdown)
    assert page.tags <= ALLOWED[name], markdown
    assert page.comments == []
    assert find_plain_effects(markdown) == {}
    assert strip_controls(markdown.replace("\n", "").replace(BREAK, "")) == markdown.replace(
        "\n", ""
    ).replace(BREAK, ""), "nothing invisible but our own breaks"
    markdown.encode()


@in_every_context
@pytest.mark.parametrize("hostile", NASTY)
def test_known_tricks_do_nothing(name: str, hostile: str) -> None:
    """Each of these has fooled some bot before."""
    check(name, hostile)


@in_every_context
@given(hostile=nasty_text)
def test_no_text_does_anything(name: str, hostile: str) -> None:
    """Nor do they in any company."""
    check(name, hostile)


@given(hostile=nasty_text)
def test_text_and_code_show_what_was_said(hostile: str) -> None:
    """Safe must not mean garbled: people see the same words in all three contexts."""
    said = strip_controls(hostile).strip()
    short = said if len(said) <= 100 else said[:99].rstrip() + CUT
    for markdown in (make_text(hostile, 100), make_inline_code(hostile, 100)):
        assert _squeeze(Page(markdown).text.replace(BREAK, "")) == _squeeze(short or EMPTY)


@given(lines=st.lists(nasty_text, min_size=1, max_size=6))
def test_a_fence_shows_its_lines_and_is_closed(lines: list[str]) -> None:
    """What follows a fence is never swallowed by it."""
    markdown = make_fence(lines, widest=10_000) + "\n\n**after**"
    page = Page(markdown)
    assert page.tags == {"pre", "code", "p", "strong"}
    shown = page.text.replace(BREAK, "").split("\n")
    assert shown[: len(lines)] == [strip_controls(line).rstrip() for line in lines]
    assert shown[-1] == "after"


@pytest.mark.parametrize("length", [79, 80, 81, 254, 255, 256, 300])
def test_no_run_of_backticks_is_too_long_for_a_fence(length: int) -> None:
    """GitHub's parser counts to 255: a line of 300 closes a fence of 301."""
    markdown = make_fence(["`" * length, "@octocat"], widest=1000) + "\n\n**after**"
    assert Page(markdown).tags == {"pre", "code", "p", "strong"}
    inline = f"{make_inline_code('`' * length, 1000)} **after**"
    assert Page(inline).tags == {"p", "code", "strong"}


@given(cells=st.lists(nasty_text, min_size=2, max_size=2))
def test_text_stays_in_its_table_cell(cells: list[str]) -> None:
    """A `|` in a builder's name must not shift the table."""
    row = " | ".join(make_text(cell) for cell in cells)
    page = render(f"| a | b |\n|---|---|\n| {row} |\n")
    shown = re.findall(r"<td>(.*?)</td>", page, re.DOTALL)
    said = [strip_controls(cell).strip() for cell in cells]
    assert [_squeeze(html.unescape(cell).replace(BREAK, "")) for cell in shown] == [
        _squeeze(cell if len(cell) <= 200 else cell[:199].rstrip() + CUT) or EMPTY for cell in said
    ]


@given(words=nasty_text, rest=nasty_text)
@example(words="ends with @", rest="octocat")
def test_two_texts_side_by_side_make_no_third(words: str, rest: str) -> None:
    """`@` at the end of one name and a login at the start of the next."""
    assert find_plain_effects(f"{make_inline_code(words)}{make_text(rest)}") == {}
    assert find_plain_effects(f"{make_text(words)} {make_text(rest)}") == {}


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: make_text("x" * 300, 10), "xxxxxxxxx…"),
        (lambda: make_inline_code("x" * 300, 10), "`xxxxxxxxx…`"),
        (lambda: make_fence(["x" * 300], widest=10), "```text\nxxxxxxxxx…\n```"),
        (lambda: make_fence("abc", most=1), "```text\na\n… 2 more lines\n```"),
    ],
)
def test_what_is_cut_is_seen_to_be_cut(make: Callable[[], str], shown: str) -> None:
    """A cut that nobody sees is a lie about the log."""
    assert make() == shown


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: make_text("Fix test_ssl on 3.x (Debian)"), "Fix test\\_ssl on 3.x (Debian)"),
        (
            lambda: make_text("1 < 2 > 0 | $x$ :x:"),
            f"1 &lt; 2 &gt; 0 &vert; &dollar;x&dollar; :{BREAK}x:",
        ),
        (
            lambda: make_html("<b> & *c* | $x$"),
            f"&lt;{BREAK}b&gt; &amp; *c* &vert; &dollar;x&dollar;",
        ),
        (lambda: make_inline_code("test.test_ssl.T.test_x"), "`test.test_ssl.T.test_x`"),
        (lambda: make_inline_code("a`b"), "``a`b``"),
        (lambda: make_inline_code("`a`"), "`` `a` ``"),
        (lambda: make_text(""), EMPTY),
        (lambda: make_inline_code("\u200b"), f"`{EMPTY}`"),
        (
            lambda: make_fence(["./python -m test -v test_ssl"], language="sh"),
            "```sh\n./python -m test -v test_ssl\n```",
        ),
        (lambda: make_fence(["\tif x:", "a\rb"]), "```text\n    if x:\na b\n```"),
        (
            lambda: make_link("build 5", "http://bb/#/builders/1/builds/5"),
            "[build 5](http://bb/#/builders/1/builds/5)",
        ),
        (
            lambda: make_link("x", 'https://h/a b(c)<d>"e"@f\ud800'),
            "[x](https://h/a%20b%28c%29%3Cd%3E%22e%22%40f?)",
        ),
        (lambda: make_link("x", "javascript:alert(1)"), "x"),
        (lambda: make_link("x", "https://h/" + "y" * 600), "x"),
    ],
)
def test_plain_things_stay_plain(make: Callable[[], str], shown: str) -> None:
    """What needs no care gets none: commands can be copied, names can be searched."""
    assert make() == shown


def test_a_seed_can_be_copied_and_a_sha_links_nowhere() -> None:
    """Numbers of a command are left whole, only what GitHub takes for a commit is broken."""
    assert "1234567" in make_inline_code("--randseed 1234567")
    assert "deadbeef" not in make_inline_code("deadbeef")
    assert "deadbeef" in Page(make_inline_code("deadbeef")).text.replace(BREAK, "")


@pytest.mark.skipif(not DATA, reason="NIGHTSWATCH_DATA is not set")
def test_the_stand_in_for_github_sees_no_effects() -> None:
    """Somebody else's reading of GitHub's rules, over the rendered and over the plain text."""
    assert effects
    harmless = {"length", "unclosed_details"}
    for hostile in (*NASTY, *("".join(pair) for pair in itertools.pairwise(NASTY))):
        for name in ("text", "inline code", "fence"):  # it reads HTML as if it were Markdown
            found = effects(CONTEXTS[name](hostile), "octo-org/demo")
            assert {k: v for k, v in found.items() if v and k not in harmless} == {}, hostile


def _squeeze(text: str) -> str:
    """Browsers show one blank where there are several."""
    return " ".join(text.split())


@pytest.mark.parametrize("line", ["/lgtm", "  /approve", "\u200b/merge", "\t/retest", "/home/x"])
def test_no_line_of_a_log_gives_an_order_to_another_bot(line: str) -> None:
    """They read raw text line by line, and take what stands in a fence for an order, too."""
    for language in ("text", "sh"):
        shown = make_fence([line], language=language).splitlines()[1]
        assert not re.match(r"\s*/\w", shown)
    assert make_fence(["/usr/bin/x -v"], language="sh").splitlines()[1] == "command /usr/bin/x -v"


def test_no_line_of_a_log_begins_with_a_mention() -> None:
    assert not re.match(r"\s*@\w", make_fence(["@dependabot rebase"]).splitlines()[1])
