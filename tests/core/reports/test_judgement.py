"""What proves an accusation, what only doubts it, and what tells nothing: a table of cases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.model import BuilderRange, Fix, IncidentState, Verdict
from bot.core.model.commands import OverrideKind
from bot.core.ports.record import RecordFacts
from bot.core.reports.judgement import Judge, Outcome
from tests.core.reports.halves import (
    ACCUSED,
    LATER,
    OTHER,
    REDS,
    TOLD,
    between,
    make_accusation,
    make_case,
    make_line,
    make_objection,
    make_record_facts,
    make_ruling,
)

RIGHT, WRONG, DOUBTED, OPEN = Outcome
AFTER = {LATER: TOLD + timedelta(hours=1)}
BEFORE = {LATER: TOLD - timedelta(hours=1)}


def alone(good: int, bad: int) -> tuple[BuilderRange, ...]:
    return (BuilderRange("A", between(good, bad), None, LATER),)


CASES: dict[str, tuple[RecordFacts, Outcome]] = {
    "its revert mends it": (make_record_facts(make_line(at5=2)), RIGHT),
    "the revert of another suspect mends it": (make_record_facts(make_line(at5=3)), WRONG),
    "the revert of something else mends nothing": (make_record_facts(make_line(at5=4)), OPEN),
    "mended forward: nobody knows": (make_record_facts(), OPEN),
    "reverted, and it failed on": (
        make_record_facts(make_line(at4=2), make_case(fix=Fix(between(5, 6), None))), WRONG,
    ),
    "reverted, and nobody has seen the end": (
        make_record_facts(make_line(at6=2), make_case(fix=None, state=IncidentState.OPEN)), RIGHT,
    ),
    "a maintainer names it": (
        make_record_facts(overrides=(make_ruling(OverrideKind.BLAME, ACCUSED),)), RIGHT,
    ),
    "a maintainer names another one, whatever was reverted": (
        make_record_facts(make_line(at5=2), overrides=(make_ruling(OverrideKind.BLAME, OTHER),)),
        WRONG,
    ),
    "a maintainer files it as flaky": (
        make_record_facts(overrides=(make_ruling(OverrideKind.FLAKY),)), WRONG,
    ),
    "who fixed it says nothing of who broke it": (
        make_record_facts(overrides=(make_ruling(OverrideKind.FIXED_BY, ACCUSED),)), OPEN,
    ),
    "an objection is a doubt": (make_record_facts(feedback=(make_objection(),)), DOUBTED),
    "an objection that was taken back is none": (
        make_record_facts(feedback=(make_objection(undone=True),)), OPEN,
    ),
    "an objection against a revert is refuted": (
        make_record_facts(make_line(at5=2), feedback=(make_objection(),)), RIGHT,
    ),
    "our own withdrawal proves nothing": (
        make_record_facts(accusation=make_accusation(is_withdrawn=True)), DOUBTED,
    ),
    "our own confirmation proves nothing": (
        make_record_facts(incident=make_case(verdict=Verdict.CONFIRMED, confidence=0.99)), OPEN,
    ),
    "later builds leave it alone": (
        make_record_facts(incident=make_case(ranges=alone(1, 2)), ended=AFTER), RIGHT,
    ),
    "later builds clear it": (
        make_record_facts(incident=make_case(ranges=alone(2, 3)), ended=AFTER), WRONG,
    ),
    "builds that we had when we spoke are our own belief": (
        make_record_facts(incident=make_case(ranges=alone(1, 2)), ended=BEFORE), OPEN,
    ),
    "one red build may be a flake": (
        make_record_facts(incident=make_case(ranges=alone(1, 2), red_builds=REDS[:1]), ended=AFTER),
        OPEN,
    ),
    "builders that disagree prove nothing": (
        make_record_facts(
            incident=make_case(ranges=(*alone(1, 2), *alone(2, 3))), ended=AFTER
        ), OPEN,
    ),
    "it is kept no longer": (
        make_record_facts(accusation=make_accusation(incident_id="swept away")), OPEN,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_accusation_is_judged_by_what_came_later(name: str) -> None:
    facts, outcome = CASES[name]
    judged = Judge(facts).judge(facts.accusations[0])
    assert judged.outcome is outcome, judged.why


def test_a_regression_is_known_by_a_revert_or_a_ruling_and_told_or_not() -> None:
    (known,) = Judge(make_record_facts(make_line(at5=2))).list_known()
    assert (known.pull, known.is_told) == (ACCUSED, True)
    (known,) = Judge(make_record_facts(make_line(at5=3))).list_known()
    assert (known.pull, known.is_told) == (OTHER, False), "we named another one"
    assert list(Judge(make_record_facts()).list_known()) == []
    flaky = make_record_facts(make_line(at5=2), overrides=(make_ruling(OverrideKind.FLAKY),))
    assert list(Judge(flaky).list_known()) == [], "nobody did it"


def test_another_repositorys_words_are_of_no_weight_here() -> None:
    ruling = replace(make_ruling(OverrideKind.FLAKY), repo_id=2)
    facts = make_record_facts(overrides=(ruling,), feedback=(replace(make_objection(), repo_id=2),))
    assert Judge(facts).judge(facts.accusations[0]).outcome is OPEN
