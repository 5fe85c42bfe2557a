"""What an issue of ours says: all that helps; nothing out of a log calls or links anybody."""

import re
from dataclasses import replace

import pytest

from bot.core.model import IncidentState, Verdict
from bot.core.model.tracker import IssueComment, TrackedCause, TrackerOptions
from bot.core.render.headline import LinkContext
from bot.core.tracker.causes import find_markers, make_marker
from bot.core.tracker.text import (
    make_comment_marker,
    render_branches,
    render_issue,
    render_news,
    render_title,
    replace_own,
)
from tests.support.make_issues import make_red
from tests.support.markdown_effects import NASTY, find_plain_effects
from tests.support.situations import make_failure, make_report

SSL = "test.test_ssl.BasicTests.test_basic"
PLACE = LinkContext("octo-org/demo", 0, "https://github.com", "https://watch.example.org")
CAUSE = TrackedCause(1, "abc", (), ("i",))


@pytest.mark.parametrize(
    ("form", "title"),
    [
        (None, "test_ssl: test_basic() fails now and then on AMD64 Debian"),
        ("[buildbot] {test} {fails}", "[buildbot] test_ssl: test_basic() fails now and then"),
    ],
)
def test_the_title_has_the_projects_form(form: str | None, title: str) -> None:
    assert render_title([make_red(SSL)], form) == title


def test_a_broken_build_is_titled_without_a_test() -> None:
    broken = make_red(SSL, signatures=(), verdict=Verdict.OLD)
    assert render_title([broken]) == "the build fails on AMD64 Debian"
    many = make_red(SSL, signatures=(*make_red(SSL).signatures, *make_red("test_os").signatures))
    assert render_title([many]).startswith("test_os and 1 more fails")


def test_an_issue_has_builders_excerpt_reproduce_links_and_its_marker() -> None:
    report = make_report(verdict=Verdict.FLAKY)
    options = TrackerOptions(heading="Bug report")
    text = render_issue(CAUSE, [report], PLACE, options, asked_by="octocat")
    for words in (
        "### Bug report",
        "- **main**: red on",
        "```text",
        "./python -m test -v test_ssl",
        "https://watch.example.org/incidents/",
        "as octocat asked",
    ):
        assert words in text.body, words
    assert find_markers(text.body) == {make_marker(1, "abc")}


@pytest.mark.parametrize("nasty", NASTY)
def test_nothing_out_of_a_log_or_a_name_has_an_effect(nasty: str) -> None:
    failure = make_failure("test_ssl", message=nasty, excerpt=(nasty,) * 3)
    report = make_report(failures=(failure,), builders=(nasty,), verdict=Verdict.FLAKY)
    text = render_issue(CAUSE, [report], PLACE, TrackerOptions(), asked_by=nasty)
    effects = find_plain_effects(text.body)
    assert not set(effects) & {"mention", "issue", "marker"}
    assert all(
        part.startswith(("https://github.com", "https://watch", "https://buildbot"))
        for part in _find_addresses(text.body)
    )
    assert find_plain_effects(text.title) == {}
    assert len(text.title) <= 256


def _find_addresses(body: str) -> list[str]:
    return re.findall(r"https?://[^\s)]+", body)


@pytest.mark.parametrize("verdict", Verdict)
def test_a_reason_stands_there_only_where_it_can_accuse_nobody(verdict: Verdict) -> None:
    """What is not said on a pull is said nowhere: `the likeliest is 12 (61%)`."""
    report = make_report()
    red = replace(report.incident, verdict=verdict, reason="The likeliest is 12")
    shown = [replace(report, incident=red)]
    body = render_issue(CAUSE, shown, PLACE, TrackerOptions()).body
    told = verdict in (Verdict.FLAKY, Verdict.ENVIRONMENT, Verdict.OLD)
    assert ("likeliest" in body) is told


def test_a_line_for_each_branch_the_open_incident_before_the_others() -> None:
    over = make_red(SSL, state=IncidentState.FIXED, closed_at=None)
    again = make_red(SSL, ident="b", hours=2)
    there = make_red(SSL, branch="3.14", ident="c", state=IncidentState.CLOSED)
    lines = render_branches([again, over, there], PLACE).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("- **3\\.14**: not seen any more on AMD64 Debian")
    assert lines[1].startswith("- **main**: red on AMD64 Debian since 2026-03-02")


def test_news_replace_only_what_is_between_our_marks() -> None:
    first, second = render_news(CAUSE, "red", back=False), render_news(CAUSE, "green", back=True)
    edited = f"I saw this, too.\n\n{first}\n\n@octocat please look"
    wanted = replace_own(edited, second)
    assert wanted is not None
    assert wanted.startswith("I saw this, too.")
    assert wanted.endswith("@octocat please look")
    assert "green" in wanted
    assert "red" not in wanted
    assert replace_own("people took it all away", second) is None
    assert make_comment_marker(CAUSE) in first
    other = TrackedCause(1, "abc", (), (), comment=IssueComment(thread=2))
    assert make_comment_marker(other) not in first
