"""A notice names a pull only where its kind does, and leads to where one can read on."""

from bot.core.model import Fix, RegressionRange
from bot.core.notices.facts import make_notice_facts
from bot.core.notices.notice import NoticeFacts, NoticeKind
from tests.support.make_stored import make_incident

FIX = Fix(RegressionRange("b" * 40, "c" * 40), pull=102)


def make(kind: NoticeKind, named: int | None, public_url: str | None = None) -> NoticeFacts:
    incident = make_incident("aa/1", pull=101, fix=FIX)
    return make_notice_facts(
        kind,
        "octo-org/demo",
        incident,
        ["wk"],
        named,
        website="https://github.com",
        dashboard_url=public_url,
    )


def test_who_did_it_is_left_out_of_what_broke() -> None:
    broken = make(NoticeKind.BROKEN, 101)
    assert (broken.pull, broken.pull_url, broken.fixed_by, broken.url) == (None, None, None, None)


def test_what_stands_on_a_pull_leads_there() -> None:
    named = make(NoticeKind.SUSPECTED, 101, "https://watch.example.org/")
    assert named.pull_url == "https://github.com/octo-org/demo/pull/101"
    assert named.url == "https://watch.example.org/incidents/aa%2F1"


def test_who_mended_it_is_told_with_the_mending() -> None:
    assert make(NoticeKind.FIXED, None).fixed_by == 102
