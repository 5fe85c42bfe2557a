"""Links of a page lead below our path; what others wrote stays as they wrote it."""

import pytest

from bot.web.below_prefix import find_prefix, put_below


@pytest.mark.parametrize(
    ("url", "prefix"),
    [
        (None, ""),
        ("https://host", ""),
        ("https://host/", ""),
        ("https://host/a/b", "/a/b"),
        ("https://host/a/b/", "/a/b"),
    ],
)
def test_the_prefix_is_the_path_of_our_address(url: str | None, prefix: str) -> None:
    assert find_prefix(url) == prefix


@pytest.mark.parametrize(
    ("html", "below"),
    [
        ('<a href="/">', '<a href="/x/">'),
        ('<a class="b" href="/grid?q=1">', '<a class="b" href="/x/grid?q=1">'),
        ('<script src="/static/a.js?v=1" defer>', '<script src="/x/static/a.js?v=1" defer>'),
        ('<form method="get" action="/search">', '<form method="get" action="/x/search">'),
        ('<a href="//host/">', '<a href="//host/">'),
        ('<a href="https://host/">', '<a href="https://host/">'),
        ('<a href="#main">', '<a href="#main">'),
        ("<td>href=&#34;/grid&#34;</td>", "<td>href=&#34;/grid&#34;</td>"),
        ('<td title="see href=/grid">', '<td title="see href=/grid">'),
    ],
)
def test_addresses_of_ours_and_nothing_else(html: str, below: str) -> None:
    assert put_below(html, "/x") == below
