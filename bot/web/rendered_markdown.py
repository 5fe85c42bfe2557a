"""Markdown of ours → HTML as GitHub would show it, and nothing that it would not let through.

In: the text of a comment, which quotes logs, titles and names. Out: HTML that holds no attribute
but the addresses of links, no image, and of HTML in the text only the few tags that our comments
are made of; all other is shown as it is written.
"""

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

# What comments of ours are made of; none of them takes an attribute.
_TAGS = frozenset({"details", "summary", "sub", "sup", "br", "kbd", "strong", "em"})
_TAG = re.compile(r"<(/?)([a-z]{2,10}) ?/?>")

_LONGEST = 65_536  # letters of a comment at GitHub


class _Renderer(RendererHTML):
    """As the library's, with tags of the text let through by name only."""

    def html_block(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """HTML between paragraphs."""
        return self.html_inline(tokens, idx, options, env)

    def html_inline(
        self,
        tokens: Sequence[Token],
        idx: int,
        options: OptionsDict,  # noqa: ARG002 - as the library calls it
        env: EnvType,  # noqa: ARG002 - the same
    ) -> str:
        """HTML within one."""
        return let_through(tokens[idx].content)


def render_markdown(text: str) -> Markup:
    """Safe to stand in a page; a text that is longer than GitHub takes is cut."""
    return Markup(_MARKDOWN.render(text[:_LONGEST]))  # noqa: S704 - all of it is escaped above


def let_through(html: str) -> str:
    """HTML with every tag but those of ours shown as text; comments are left out."""
    html = _cut_comments(html)
    parts: list[str] = []
    end = 0
    for found in _TAG.finditer(html):
        if found[2] in _TAGS:
            parts += [str(escape(html[end : found.start()])), f"<{found[1]}{found[2]}>"]
            end = found.end()
    return "".join([*parts, str(escape(html[end:]))])


def _cut_comments(html: str) -> str:
    """Without comments; one that does not end is no comment."""
    parts: list[str] = []
    end = 0
    while (begin := html.find("<!--", end)) >= 0 and (close := html.find("-->", begin + 4)) >= 0:
        parts.append(html[end:begin])
        end = close + 3
    return "".join([*parts, html[end:]])


def _make_markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True}, renderer_cls=_Renderer)
    markdown.enable(["table", "strikethrough"]).disable("image")
    for name in ("th_open", "td_open"):
        markdown.add_render_rule(name, _drop_attributes)
    markdown.add_render_rule("link_open", _open_link)
    return markdown


def _drop_attributes(
    self: Any, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """The style of a column would not be obeyed, for no page of ours may hold one."""
    tokens[index].attrs = {}
    return str(self.renderToken(tokens, index, options, env))


def _open_link(
    self: Any, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """Nobody is told where a reader comes from, and no search engine follows it."""
    tokens[index].attrSet("rel", "nofollow noopener")
    return str(self.renderToken(tokens, index, options, env))


_MARKDOWN = _make_markdown()
