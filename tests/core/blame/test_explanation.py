"""What speaks for and against a suspect: people should see why, and why not another one."""

import math

import pytest

from bot.core.blame import BranchState
from bot.core.model import Incident, Outcome, Suspect
from tests.support.make_observations import Story, make_story, sha

LETTERS = "abcdefgh"
COMMITS = tuple((letter, 100 + n) for n, letter in enumerate(LETTERS))


def make_batch() -> Story:
    """The slow builder went red on a batch of three; the fast one passed before the last one."""
    story = make_story(*COMMITS[:4], past=("slow", "fast"))
    story.green("fast", "c")
    story.red("slow", "d")
    story.red("fast", "d")
    return story


def explain(state: BranchState) -> Incident:
    (incident,) = state.incidents
    return state.explain(incident)


def find(incident: Incident, letter: str) -> Suspect:
    (suspect,) = [s for s in incident.suspects if s.sha == sha(letter)]
    return suspect


def test_a_pass_without_the_culprit_speaks_for_it_and_against_those_before() -> None:
    incident = explain(make_batch().state())
    culprit, cleared = find(incident, "d"), find(incident, "c")
    (for_it,) = [t for t in culprit.testimony if t.outcome is Outcome.PASS and t.build.id > 100]
    assert for_it.weight > 0
    assert for_it.told == "fast passed in build 101, which does not have this commit."
    (against,) = [t for t in cleared.testimony if t.build == for_it.build]
    assert against.weight < -1, "a pass with it in is a strong word against it"
    assert against.told.endswith("which has this commit.")
    fails = [t for t in culprit.testimony if t.outcome is Outcome.FAIL]
    assert {t.builder for t in fails} == {"slow", "fast"}
    assert all(t.weight > 0 for t in fails)


def test_the_weight_is_what_the_odds_lose_without_the_build() -> None:
    """Told weights that were not those of the verdict would be a second, secret verdict."""
    with_it, without = make_batch(), make_batch()
    without.builds = [b for b in without.builds if b.builder != "fast" or b.revision != sha("c")]
    odds = []
    for story in (with_it, without):
        p = find(explain(story.state()), "d").p
        odds.append(math.log(p / (1 - p)))
    culprit = find(explain(with_it.state()), "d")
    (told,) = [t for t in culprit.testimony if t.outcome is Outcome.PASS and t.build.id > 100]
    assert told.weight == pytest.approx(odds[0] - odds[1], rel=0.1)


def test_few_words_the_weightiest_first() -> None:
    story = make_story(*COMMITS, past=tuple(f"B{n}" for n in range(12)))
    for n in range(12):
        story.green(f"B{n}", "bcde"[n % 4] if n else "g")
        story.red(f"B{n}", "h")
    incident = explain(story.state())
    told = [n for n, s in enumerate(incident.suspects) if s.testimony]
    assert told
    assert set(told) <= {0, 1, 2}
    for suspect in incident.suspects:
        weights = [abs(t.weight) for t in suspect.testimony]
        assert weights == sorted(weights, reverse=True)
        assert len(weights) <= 8


def test_the_record_tells_of_the_time_before() -> None:
    story = make_story(*COMMITS[:3], past=("A",))
    story.red("A", "b")
    story.green("A", "b")
    story.green("A", "b")
    incident = next(iter(story.state().incidents))
    assert incident.record is None, "only what is asked for is worked out"
    story.red("A", "c")
    state = story.state()
    latest = state.explain(state.incidents[-1])
    assert latest.record is not None
    assert latest.record.runs >= 50
    assert latest.record.flakes in (0, 1)


def test_what_is_over_is_not_explained_anew() -> None:
    story = make_batch()
    for builder in ("slow", "fast"):
        story.green(builder, "d")
    state = story.state()
    (incident,) = state.incidents
    assert state.explain(incident) == incident


def test_explaining_makes_no_difference() -> None:
    """An explanation that made an incident another one would wake pulls for nothing."""
    state = make_batch().state()
    (incident,) = state.incidents
    explained = state.explain(incident)
    assert explained == incident
    assert explained.suspects[0].testimony
    assert not incident.suspects[0].testimony
