"""Whatever a log, a title or a builder's name holds, in a comment it is text and nothing else.

With NIGHTSWATCH_DATA set, a stand-in for GitHub's own rules looks for effects as well.
"""

import html
import importlib.util
import itertools
import os
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cmarkgfm  # type: ignore[import-untyped]  # it has no types
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # it has no types
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.markdown import (
    CUT,
    EMPTY,
    make_fence,
    make_html,
    make_inline_code,
    make_link,
    make_text,
    strip_controls,
)

DATA = os.environ.get("NIGHTSWATCH_DATA")
BREAK = "\u200b"

NASTY = (
    "@octocat",
    "@org/team please",
    "mail octocat@github.com",
    "&#64;octocat &commat;octocat &amp;#64;octocat",
    "fixes #1, closes GH-2, gh-3 and octo-org/demo#4",
    "octo-org/demo@0123456789abcdef0123456789abcdef01234567",
    "deadbeef1_x _deadbeef2 x_0123abc_",
    "bpo-12345 GHSA-jg9h-xxxx-yyyy",
    "deadbeef 0123abc 0123456789012345678901234567890123456789",
    "https://github.com/octo-org/demo/issues/1",
    "<https://example.com> <a@example.com> www.example.com ftp://example.com",
    "[click](https://example.com) ![img](https://example.com/x.png) [ref]: https://example.com",
    "<img src=x onerror=alert(1)> <details><script>alert(1)</script></details>",
    "<!-- nightswatch pull=1 thread=1 --> --> <!--",
    "``` ```` ~~~~ ` `` `` `",
    "```\n@octocat\n```",
    "</code></pre></details>",
    "| a | b |\n|---|---|\n| @octocat | #1 |",
    "# heading\n> quote\n- item\n1. item\n\n---\n===",
    "\x1b[31mred\x1b[0m \x1b]8;;https://example.com\x07link\x1b]8;;\x07 \x9b1mbold",
    "a\u202eb\u2066c\u200bd\ufeffe\u00adf\u3164g\u034fh",
    "@\u200boctocat @\u2060octocat #\u00ad1",
    "\ud800 \udfff \x00 \x7f \x85 \u2028 \u2029 \ue000 \U0010ffff",
    "$x^2$ $$y$$ $`z`$ :tada: :+1: [^1] \\( \\) \\",
    "*a* **b** _c_ __d__ ~~e~~ ~f~ \\*g\\*",
    "Z" + "\u0300" * 50,
    "    indented code",
    "\t@octocat",
    "",
    " ",
    "a" * 100_000,
    "`" * 5000,
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


class Page(HTMLParser):
    """What a browser would make of it: tags, and the text between them."""

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.comments: list[str] = []
        self.words: list[str] = []
        self.feed(render(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words).rstrip("\n")


def render(markdown: str) -> str:
    """As GitHub does, with raw HTML let through so that none can hide."""
    page: str = cmarkgfm.github_flavored_markdown_to_html(
        markdown, options=Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
    )
    return page


def load_effects() -> Callable[[str, str], dict[str, Any]]:
    assert DATA
    path = Path(DATA) / "tools/github_standin/github_standin.py"
    spec = importlib.util.spec_from_file_location("github_standin", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    effects: Callable[[str, str], dict[str, Any]] = module.effects
    return effects


effects = load_effects() if DATA else None

# GitHub's own rules, here applied to the source as if none of it were code: what a reply by mail
# does with our text. Word characters are ASCII there.
PLAIN_RULES = {
    "mention": r"@[A-Za-z0-9]",
    "issue": r"#[0-9]|GH-[0-9]",
    "address": r":/|www\.",
    "commit": r"(?<![0-9a-z_])(?:[0-9]{40}|[0-9a-f]{7,40}(?<![0-9]{7}))(?![0-9a-z_])",
    "marker": r"<!--",
}


def find_plain_effects(markdown: str) -> dict[str, list[str]]:
    plain = html.unescape(markdown)
    found = {
        name: re.findall(rule, plain, re.IGNORECASE | re.ASCII)
        for name, rule in PLAIN_RULES.items()
    }
    return {
        name: hits
        for name, hits in found.items()
        if any(re.search("[a-f@#:/w<]", h, re.IGNORECASE) for h in hits)
    }


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


# Pieces of which tricks are made, to be put together as nobody thought of.
PIECES = (
    *"@#`~<>&|[](){}!-+*_:/\\.=$^\"'; \t\n\r1aZ09",
    *(
        "octocat",
        "GH-1",
        "gh-",
        "bpo-1",
        "deadbeef",
        "0123456",
        "abcdef0",
        "https://",
        "//",
        "www.",
    ),
    *("&#64;", "&commat;", "&num;", "&lt;", "<!--", "-->", "<details>", "</details>", "</div>"),
    *('<a href="x">', "</code>", "```", "~~~", "$$", "$`", "[^1]", "[x]: ", "[a](b)", "![i](j)"),
    *(
        "\u200b",
        "\u2060",
        "\u00ad",
        "\u202e",
        "\u0301",
        "\ufe0f",
        "\u2028",
        "\x0b",
        "\x00",
        "\u00a0",
    ),
    *(
        "\x1b[0m",
        "\x1b]8;;",
        "\x07",
        "a@b.co",
        "o/r#1",
        "1.",
        "1)",
        "- ",
        "> ",
        "===",
        "    ",
        "\\",
    ),
    *(":tada:", "[!NOTE]", "- [ ] ", "<?x", "<![CDATA[", "org/team"),
)
pieces = st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join)
# Where a comment puts them, and the tags that the place itself has.
PLACES: dict[str, tuple[Callable[[str], str], str]] = {
    "heading": (lambda text: f"### {make_text(text)}\n", "h3"),
    "item": (lambda text: f"- {make_text(text)} on {make_inline_code(text)}\n- x", "ul li p code"),
    "cell": (
        lambda text: f"| a | b |\n|---|---|\n| {make_text(text)} | x |\n",
        "table thead tbody tr th td",
    ),
    "bold": (lambda text: f"**{make_text(text)}** {make_inline_code(text)}.", "p strong code"),
    "side by side": (
        lambda text: f"{make_text(text)} {make_inline_code(text)}{make_text(text)}",
        "p code",
    ),
    "quote": (lambda text: f"> {make_text(text)}", "blockquote p"),
    "details": (
        lambda text: (
            f"<details><summary>{make_html(text)}</summary>\n\n"
            f"{make_fence(text.split(chr(10)))}\n</details>\n\nafter"
        ),
        "details summary pre code p",
    ),
}


@pytest.mark.parametrize("place", PLACES)
@given(hostile=pieces)
@example(hostile="]//***o/r@deadbeef1_> +")
@example(hostile=" $`![i](j)/abcdef0")
def test_nothing_in_any_place_of_a_comment_does_anything(place: str, hostile: str) -> None:
    """A trick may need a table, a list or the words beside it to work."""
    make, own = PLACES[place]
    markdown = make(hostile)
    page = Page(markdown)
    assert page.tags <= set(own.split())
    assert page.comments == []
    assert find_plain_effects(markdown) == {}
    assert place != "details" or page.text.endswith("after")
    if effects:
        found = effects(markdown, "octo-org/demo")
        tags = set(found.pop("raw_html_tags")) - {"details", "summary"}
        assert {k: v for k, v in found.items() if v and k != "length"} == {}
        assert tags == set()


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
