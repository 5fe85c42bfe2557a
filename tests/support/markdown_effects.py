"""What a browser, GitHub, and a reply by mail make of Markdown; and tricks to try on them."""

import html
import importlib.util
import os
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cmarkgfm  # type: ignore[import-untyped]  # it has no types
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # it has no types

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
