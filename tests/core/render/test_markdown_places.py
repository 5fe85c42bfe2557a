"""In no place of a comment does any text do anything: tricks put together as nobody thought of."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.render.markdown import (
    make_fence,
    make_html,
    make_inline_code,
    make_text,
)
from tests.support.markdown_effects import Page, effects, find_plain_effects

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
