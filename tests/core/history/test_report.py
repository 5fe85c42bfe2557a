"""A comment of a backtest in a line, with its end, and what it rests on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.history.backtest import BranchReport, PredictedComment
from bot.core.history.hindsight import Proof, Proved
from bot.core.history.report import count_silent, describe_end, render_evidence, render_headline
from bot.core.model import Incident, IncidentState, RegressionRange, Verdict
from bot.core.model.incidents import Fix
from tests.support.make_observations import START, make_story

PULLS = {"a": 100, "b": 101, "c": 102}


def make_spoken() -> tuple[PredictedComment, Incident]:
    story = make_story(*PULLS.items(), past=("A", "B"))
    story.red("A", "b")
    story.red("B", "b")
    incident = story.only()
    return PredictedComment(START, 101, incident), incident


def make_fixed(incident: Incident, pull: int | None) -> Incident:
    fix = Fix(RegressionRange("b", "c"), pull)
    return replace(incident, fix=fix, state=IncidentState.FIXED)


End = Callable[[PredictedComment, Incident], tuple[PredictedComment, Incident]]

ENDS: dict[str, End] = {
    "still red": lambda spoken, incident: (spoken, incident),
    "fixed by #102": lambda spoken, incident: (spoken, make_fixed(incident, 102)),
    "fixed;": lambda spoken, incident: (spoken, make_fixed(incident, None)),
    "withdrawn ": lambda spoken, incident: (
        replace(spoken, withdrawn_at=START + timedelta(hours=1)),
        incident,
    ),
}


@pytest.mark.parametrize("words", ENDS)
def test_a_comment_is_told_with_its_end(words: str) -> None:
    spoken, ended = ENDS[words](*make_spoken())
    assert describe_end(spoken, ended).startswith(words)
    headline = render_headline(spoken, ended)
    assert headline.startswith(f"{START:%Y-%m-%d %H:%M}  #101  ")
    assert "test_ssl" in headline
    assert "not proved" in headline


def test_what_came_to_light_is_told() -> None:
    spoken, ended = make_spoken()
    wrong = replace(spoken, proved=Proved(Proof.WRONG, "a person named pull 102"))
    assert describe_end(wrong, ended).endswith("WRONG: a person named pull 102")


def test_the_evidence_names_each_builder_and_both_ends() -> None:
    spoken, incident = make_spoken()
    lines = list(render_evidence(spoken, {}))
    assert lines[0] == f"because {incident.reason}"
    ranges = [line for line in lines if "green at" in line]
    assert [line.partition(":")[0] for line in ranges] == ["A", "B"]


def test_silence_is_counted_by_its_reason() -> None:
    spoken, incident = make_spoken()
    flaky = replace(incident, id="other", verdict=Verdict.FLAKY)
    none: frozenset[str] = frozenset()
    report = BranchReport("main", (spoken,), (incident, flaky), 2, none, none, 3, 0, 0)
    assert list(count_silent([report])) == ["1 flaky"]
