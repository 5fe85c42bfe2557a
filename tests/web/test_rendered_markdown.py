"""Markdown as GitHub shows it, and nothing that a log or a title could smuggle in."""

import re

import pytest

from bot.web.rendered_markdown import let_through, render_markdown

COMMENT = """🔴 **This PR broke it** on [build 3](https://b.example.org/3)

| commit | AMD64 |
| --- | :-: |
| `abc` | 🔴 |

<details><summary>The log</summary>

```
<script>alert(1)</script> @octocat
```

</details>

<sub>all evidence</sub>

<!-- nightswatch pull=1 thread=1 -->
"""


def test_a_comment_looks_as_it_does_at_github() -> None:
    html = render_markdown(COMMENT)
    for part in (
        "<strong>This PR broke it</strong>",
        '<a href="https://b.example.org/3" rel="nofollow noopener">build 3</a>',
        "<td>🔴</td>",
        "<details><summary>The log</summary>",
        "</details>",
        "<sub>all evidence</sub>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ):
        assert part in html, part
    assert "nightswatch pull" not in html, "the marker is hidden"
    assert "style=" not in html, "our own policy would not obey it"


HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a <b onclick=alert(1)>b</b>",
    "<details open ontoggle=alert(1)>x</details>",
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](https://evil.example/pixel)",
    "<a href='https://evil.example'>x</a>",
    "<style>body{display:none}</style>",
    "</main><h1>Ours</h1>",
    "<!-- <script>alert(1)</script> -->",
    "<!--><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "<sub\nx=1>y</sub>",
    "<details <script>alert(1)</script>>",
    '[x](https://a.example "\' onmouseover=alert(1)")',
)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_tag_of_anybody_else_comes_through(text: str) -> None:
    for html in (render_markdown(text), render_markdown(f"| a |\n| --- |\n| {text} |")):
        tags = re.findall(r"<[^>]*>", html)
        allowed = re.compile(
            r"</?(p|em|strong|code|details|summary|sub|table|thead|tbody|tr|th|td)>|<br ?/?>|</a>"
            r'|<a href="https://[^"]*"( title="[^"]*")? rel="nofollow noopener">'
        )
        assert [tag for tag in tags if not allowed.fullmatch(tag)] == []


def test_tags_of_ours_pass_by_name_only() -> None:
    assert let_through("<sub>a</sub><br/>") == "<sub>a</sub><br>"
    assert let_through("<sub class='x'>") == "&lt;sub class=&#39;x&#39;&gt;"
    assert let_through("a < b <!-- c --> d") == "a &lt; b  d"


def test_a_comment_that_is_longer_than_github_takes_is_cut() -> None:
    assert len(render_markdown("a" * 200_000)) < 70_000
