"""Names of others stand in notices as text that does nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.notices.notice import NoticeKind
from bot.core.notices.words import clean, render_line, render_message, strip_controls
from tests.support.notices import make_facts, make_notice

HOSTILE = {
    "a\r\nBcc: everybody@example.org": "a Bcc: everybody@\u200bexample.org",
    "a\nQUIT :bye": "a QUIT :bye",
    "\x0304,01red\x03\x02bold\x0f": "redbold",
    "\x01ACTION waves\x01": "ACTION waves",
    "<!channel> <@U123>": "‹!channel› ‹@\u200bU123›",
    "@everyone #general": "@\u200beveryone #\u200bgeneral",
    "https://evil.example/x": "https:\u200b//evil.example/x",
    "www.evil.example": "www\u200b.evil.example",
    "/quit": "\u200b/quit",
    "!status": "\u200b!status",
    "\u202egnp.exe": "gnp.exe",
    "test_ssl": "test_ssl",
    "": "(no name)",
    "\u200b\x00": "(no name)",
}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_is_shown_and_does_nothing(text: str) -> None:
    assert clean(text) == HOSTILE[text]


@given(st.text(max_size=300))
def test_whatever_it_is_it_is_one_line(text: str) -> None:
    for shown in (clean(text), strip_controls(text)):
        assert shown.isprintable() or set(shown) <= {"\u200b", *filter(str.isprintable, shown)}
        assert not set(shown) & {"\r", "\n", "\x01", "\x02", "\x03", "\x0f", "\x1b"}
    assert len(clean(text)) <= 2 * 80 + 1


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_no_text_of_others_ends_a_line_of_a_message(test: str, builder: str, branch: str) -> None:
    facts = make_facts(tests=(test,), builders=(builder,), branch=branch)
    message = render_message([make_notice(facts=facts)], None)
    assert "\n" not in message.line
    assert "\n" not in message.subject
    lines = message.text.split("\n")
    assert [line.partition(":")[0] for line in lines[2:]] == [
        "Repository",
        "Failing",
        "Builders",
        "Workers",
        "First red",
        "Last green commit",
        "First red commit",
    ]
    assert json.loads(message.payload)["notices"][0]["branch"] == strip_controls(branch)


def test_before_it_is_sure_it_says_what_and_since_when_and_not_who() -> None:
    assert render_line(make_facts(url="https://watch.example.org/incidents/aa0001")) == (
        "[main] broken: test_ssl on AMD64 Debian, since 2026-03-02 11:00 UTC"
        " https://watch.example.org/incidents/aa0001"
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (NoticeKind.SUSPECTED, "pull 101 is suspected"),
        (NoticeKind.CONFIRMED, "by pull 101 (confirmed)"),
        (NoticeKind.WITHDRAWN, "withdrawn: pull 101 did not break test_ssl"),
        (NoticeKind.FIXED, "fixed: test_ssl on AMD64 Debian, by pull 102"),
        (NoticeKind.CLOSED, "was not seen for long"),
        (NoticeKind.FLAKY, "flaky: test_ssl"),
        (NoticeKind.ENVIRONMENT, "no change in the code did it"),
        (NoticeKind.OLD, "was broken before any commit"),
        (NoticeKind.AWAY, "worker away: wk has built nothing since 2026-03-02 11:00 UTC"),
        (NoticeKind.BACK, "worker back: wk builds again"),
    ],
)
def test_every_kind_has_its_words(kind: NoticeKind, words: str) -> None:
    assert words in render_line(make_facts(kind, pull=101, fixed_by=102))


def test_of_a_worker_no_branch_is_told() -> None:
    facts = make_facts(
        NoticeKind.AWAY, branch="", repository="", url="https://w.example/workers/wk"
    )
    message = render_message([make_notice(facts=facts)], None)
    assert message.subject.startswith("worker away: wk")
    assert (
        "Last build: 2026-03-02 11:00 UTC\nIts page: https://w.example/workers/wk" in message.text
    )
    digest = render_message([make_notice(facts=facts)] * 4, None)
    assert digest.line == "4 changes on the fleet: 4 away."


def test_a_report_is_a_headline_in_a_line_and_whole_in_a_mail() -> None:
    facts = make_facts(
        NoticeKind.REPORT,
        branch="",
        headline="The fleet from 2026-03-02 to 2026-03-09: 1 fixed",
        text="Fixed\n-----\n* main; test_ssl",
        url="https://watch.example.org/report",
    )
    message = render_message([make_notice(facts=facts)], None)
    assert message.subject == "The fleet from 2026-03-02 to 2026-03-09"
    assert message.line == f"{facts.headline} {facts.url}"
    assert message.text == f"{facts.headline}\n\n{facts.text}\n\n{facts.url}"
    assert json.loads(message.payload)["notices"][0]["report"] == facts.text


def test_many_names_are_counted() -> None:
    facts = make_facts(tests=tuple(f"test_{n}" for n in range(40)), builders=("A", "B", "C"))
    message = render_message([make_notice(facts=facts)], None)
    assert "test_0 and 39 more on A and 2 more" in message.line
    assert "Failing: test_0, test_1, test_2, test_3, test_4 and 35 more" in message.text


def test_a_digest_counts_and_lists() -> None:
    records = [make_notice(facts=make_facts(incident=f"aa{n:04}")) for n in range(60)]
    records.append(make_notice(facts=make_facts(NoticeKind.FIXED)))
    message = render_message(records, "https://watch.example.org")
    assert message.line == (
        "61 changes on octo-org/demo main: 60 broken, 1 fixed. https://watch.example.org"
    )
    assert message.text.count("\n* ") == 51
    assert message.thread is None
    assert len(json.loads(message.payload)["notices"]) == 61
