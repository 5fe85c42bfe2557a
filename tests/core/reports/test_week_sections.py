"""A week in words: Markdown that can be posted, HTML that needs nothing else, JSON."""

import json
import re
from dataclasses import replace

import pytest

from bot.core.model.counts import name_some
from bot.core.reports.documents import render_html_document, render_markdown_document
from bot.core.reports.week_json import render_week_json
from bot.core.reports.week_sections import make_week_document
from bot.core.reports.weekly import make_week_report
from tests.core.fleet.test_release import NOW
from tests.core.reports.weeks import NASTY, make_week
from tests.support.markdown_effects import find_plain_effects

REPORT = make_week_report(make_week(), NOW)
DOCUMENT = make_week_document(REPORT)
MARKDOWN = render_markdown_document(DOCUMENT)


def test_the_first_line_says_how_the_week_was() -> None:
    assert MARKDOWN.startswith(
        "# The fleet from 2026-02-22 to 2026-03-01\n\n1 fixed, 2 new, 1 still"
    )
    assert "13 builds by 2 builders" in MARKDOWN


@pytest.mark.parametrize(
    "line",
    [
        "| o/r\\@\u200bmain | no | builders of tier 1 or 2 keep failing: A |",
        "| octocat | 1 |",
        "| B | added |",
        "| C | gone |",
        "| A | 9 | 3 | 33\\% | 1 |",
    ],
)
def test_every_part_has_its_rows(line: str) -> None:
    plain = MARKDOWN.replace("\u200b", "").replace("\\", "")
    assert line.replace("\u200b", "").replace("\\", "") in plain


def test_who_fixed_what_and_how_fast_is_told() -> None:
    plain = MARKDOWN.replace("\u200b", "")
    assert "fixed by #9 (octocat) after 10 h" in plain.replace("\\", "")
    assert "suspected #7, 97 %" in plain.replace("\\", "")
    assert "open for 9 d" in plain


def test_nothing_that_a_log_says_acts_on_anybody() -> None:
    """It is posted as it is: no mention, no tag, no row of its own, no escape."""
    nasty = make_week_document(make_week_report(make_week(NASTY), NOW))
    markdown = render_markdown_document(nasty)
    assert find_plain_effects(markdown) == find_plain_effects(MARKDOWN)
    assert "\x1b" not in markdown
    html = render_html_document(nasty)
    assert "<img" not in html
    assert "\x1b" not in html
    assert "@octocat &lt;img" in html


def test_html_is_whole_and_asks_nobody_for_anything() -> None:
    html = render_html_document(DOCUMENT)
    assert html.count("<svg") == html.count("</svg>") == 3
    assert html.count('role="img" aria-label=') == 3
    assert not re.search(r"<script|<link|\ssrc=|\shref=|url\(", html)


def test_an_empty_week_says_so_in_every_part() -> None:
    empty = replace(
        make_week(), fleets=[], incidents=[], builders=[], counts=[], flaked=[], flaky_began=[]
    )
    text = render_markdown_document(make_week_document(make_week_report(empty, NOW)))
    for words in ("No branch is built.", "Nothing new broke.", "Nothing flaked.", "None came"):
        assert words in text


def test_json_tells_the_same() -> None:
    told = json.loads(json.dumps(render_week_json(REPORT)))
    assert [x["id"] for x in told["new"]] == ["new", "mended"]
    assert told["fixed"][0]["fixed_by"] == {"sha": "f" * 40, "pull": 9, "author": "octocat"}
    assert told["red_to_fixed"] == {
        "median_hours": 10.0,
        "up_to_hours": [1, 4, 12, 24, 72, None],
        "fixed": [0, 0, 1, 0, 0, 0],
    }
    assert told["lost_hours"] == 3.0


def test_lists_are_short() -> None:
    assert name_some(["a", "b", "c"], 2) == "a, b and 1 more"
