"""What a revert says, and of which incidents a pull is the confirmed culprit."""

from dataclasses import replace

import pytest

from bot.core.commands.revert import find_confirmed, render_not_opened, render_opened, render_revert
from bot.core.model import IncidentState, Pull, Verdict
from bot.core.model.commands import UserComment
from bot.core.render.headline import LinkContext, Report
from tests.support.make_stored import MOMENT, make_incident

PULL = Pull(
    1, 101, "Rework @sockets", "author", "main", merged=True, merge_sha="b" * 40, locked=False
)
SAID = UserComment(1, "octo-org/demo", 7, 101, "wri-ter", "/buildbot revert", MOMENT)
PLACE = LinkContext("octo-org/demo", 101, "https://github.com")
OPEN = make_incident("i1", pull=101, verdict=Verdict.CONFIRMED, state=IncidentState.OPEN)


def test_the_evidence_is_told_and_who_asked_for_it() -> None:
    report = Report(OPEN, OPEN.verdict, OPEN.state)
    text = render_revert(PULL, SAID, [report], PLACE)
    assert text.title == 'Revert "Rework @sockets"'
    assert "Reverts octo-org/demo#101, as wri-ter asked" in text.body
    assert text.body.endswith("<!-- nightswatch revert=101 -->")


def test_where_no_build_tells_of_it_that_is_said() -> None:
    text = render_revert(PULL, SAID, [], PLACE)
    assert "No build tells of anything that it broke" in text.body


def test_a_title_stays_as_short_as_github_wants_it() -> None:
    text = render_revert(replace(PULL, title="x" * 400), SAID, [], PLACE)
    assert len(text.title) == 256


@pytest.mark.parametrize(
    "changes",
    [
        {"pull": 100},
        {"verdict": Verdict.SUSPECTED},
        {"state": IncidentState.FIXED},
    ],
)
def test_only_what_is_red_and_confirmed_of_this_pull_counts(changes: dict[str, object]) -> None:
    assert find_confirmed(101, [OPEN]) == [OPEN]
    assert find_confirmed(101, [replace(OPEN, **changes)]) == []  # type: ignore[arg-type]


def test_an_answer_repeats_no_words_of_github_as_they_are() -> None:
    assert "@octocat" not in render_not_opened("ask @octocat")
    assert render_opened(12).startswith("#12 takes this pull back.")
