"""A mention calls who asked, and nobody whose name stands in a log."""

import pytest

from bot.core.notices.notice import NoticeKind
from bot.core.render.mention import make_mention_marker, render_mention
from tests.support.markdown_effects import NASTY
from tests.support.notices import make_facts, make_notice


def test_it_says_what_changed_and_how_it_is_ended() -> None:
    facts = make_facts(NoticeKind.FIXED, url="https://watch.example.org/incidents/aa0001")
    text = render_mention("m1", [make_notice(facts=facts)], ["mona", "lisa"], "/buildbot")
    assert text.splitlines()[0] == "@mona @lisa"
    assert "fixed: test\\_ssl on AMD64 Debian" in text
    assert "[evidence](https://watch.example.org/incidents/aa0001)" in text
    assert "`/buildbot unsubscribe`" in text
    assert text.endswith(make_mention_marker("m1"))


@pytest.mark.parametrize("nasty", NASTY)
def test_hostile_names_mention_nobody(nasty: str) -> None:
    notice = make_notice(facts=make_facts(tests=(nasty,), builders=(nasty,)))
    text = render_mention("m1", [notice], ["mona"], "/buildbot")
    body = text.removeprefix("@mona").removesuffix(make_mention_marker("m1"))
    for found in ("@o", "&#64;", "&commat;", "#1", "<!--", "https://"):
        assert found not in body


def test_a_digest_is_a_list_that_ends() -> None:
    notices = [make_notice(facts=make_facts(incident=f"aa{n:04}")) for n in range(30)]
    lines = render_mention("m1", notices, ["mona"], "/buildbot").splitlines()
    assert sum(line.startswith("- broken: ") for line in lines) == 20
    assert "- … and 10 more." in lines
