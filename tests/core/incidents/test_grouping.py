"""A commit that turns much of the fleet red is one incident, not one per test and builder."""

from dataclasses import replace
from random import Random

import pytest

from bot.core.incidents.continuity import keep_identity
from bot.core.incidents.grouping import group_incidents
from bot.core.model import Incident, IncidentState, Kind
from bot.core.policy.decide import decide
from bot.core.policy.thresholds import DEFAULT_POLICY
from tests.support.make_observations import START, Story, make_signature, make_story

BUILDERS = tuple(f"builder {n:02}" for n in range(40))
TESTS = tuple(f"test_{n}.test_it" for n in range(12))


def make_past() -> Story:
    story = make_story(("a", 100), ("b", 101), ("c", 102))
    for _ in range(3):
        for builder in BUILDERS:
            story.green(builder, "a")
    return story


def find(story: Story) -> list[Incident]:
    return group_incidents(story.state().incidents, len(BUILDERS))


def test_twelve_tests_on_forty_builders_are_one_incident() -> None:
    story = make_past()
    for builder in BUILDERS:
        story.red(builder, "b", *TESTS)
    (incident,) = find(story)
    assert len(incident.signatures) == len(TESTS)
    assert incident.builders == BUILDERS
    assert incident.pull == 101


@pytest.mark.parametrize("seed", range(3))
def test_other_tests_on_each_of_ten_builders_are_one_headline(seed: int) -> None:
    """One headline per test would be a flood on the one comment."""
    story, random = make_past(), Random(seed)
    for builder in BUILDERS[:10]:
        story.red(builder, "b", *random.sample(TESTS, 6))
    for builder in BUILDERS[10:]:
        story.green(builder, "b")
    accusing = [i for i in find(story) if i.pull is not None]
    assert len(accusing) == 1
    (incident,) = accusing
    assert incident.builders == BUILDERS[:10]
    assert incident.reason.startswith("10 of 40 builders broke at once.")
    decision = decide(101, accusing, (), START, DEFAULT_POLICY)
    assert [intent.incident.id for intent in decision.intents] == [incident.id]


def test_a_compiler_error_here_and_tests_there_are_one() -> None:
    story = make_past()
    error = make_signature("Modules/_ssl.c", "unknown type", Kind.COMPILE_ERROR)
    for n, builder in enumerate(BUILDERS):
        story.red(builder, "b", *([error] if n % 2 else TESTS[:3]), ran=not n % 2)
    (incident,) = find(story)
    assert incident.builders == BUILDERS


def test_few_builders_stay_apart() -> None:
    story = make_past()
    for test, builders in ((TESTS[0], BUILDERS[:3]), (TESTS[1], BUILDERS[3:6])):
        for builder in builders:
            story.red(builder, "b", test)
    for builder in BUILDERS[6:]:
        story.green(builder, "b")
    assert len(find(story)) == len(story.state().incidents) == 2


def test_it_is_over_when_the_last_part_is() -> None:
    story = make_past()
    for n, builder in enumerate(BUILDERS):
        story.red(builder, "b", TESTS[n % 2])
    for n, builder in enumerate(BUILDERS):
        if n % 2:
            story.green(builder, "c")
    (incident,) = find(story)
    assert incident.state is IncidentState.OPEN
    for n, builder in enumerate(BUILDERS):
        if not n % 2:
            story.green(builder, "c")
    (incident,) = find(story)
    assert incident.state is IncidentState.FIXED
    assert incident.fix is not None
    assert incident.fix.pull == 102


def test_a_part_that_was_told_is_not_withdrawn() -> None:
    """It was right: it only turned out to be more."""
    story = make_past()
    for first, second in zip(BUILDERS[:8], BUILDERS[8:16], strict=True):
        story.red(first, "b", TESTS[0])
        story.red(second, "b", TESTS[1])
    parts = story.state().incidents
    assert len(parts) == 2
    whole = group_incidents(parts, len(BUILDERS))
    after = keep_identity(parts, whole, story.line, START)
    assert [(i.state, i.pull) for i in after] == [(IncidentState.OPEN, 101)]
    other = replace(parts[1], pull=102)
    assert len(keep_identity([parts[0], other], whole, story.line, START)) == 2
