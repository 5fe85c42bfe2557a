"""The figures of our record: counts by month, intervals that hold the truth, an honest line."""

from dataclasses import replace
from datetime import timedelta

from bench.record import measure
from bot.core.ports.record import RecordFacts
from bot.core.reports.record import Share, make_record
from tests.core.reports.halves import (
    TOLD,
    make_accusation,
    make_case,
    make_line,
    make_objection,
    make_record_facts,
)


def make_many(right: int, wrong: int, open_: int = 0, doubted: int = 0) -> RecordFacts:
    """So many of each, told hour by hour."""
    cases = [make_record_facts(make_line(at5=2))] * right
    cases += [make_record_facts(make_line(at5=3))] * wrong + [make_record_facts()] * open_
    cases += [make_record_facts(feedback=(make_objection(),))] * doubted
    parts = [_rename(facts, number) for number, facts in enumerate(cases)]
    return RecordFacts(
        accusations=[a for p in parts for a in p.accusations],
        incidents={k: i for p in parts for k, i in p.incidents.items()},
        lines={k: line for p in parts for k, line in p.lines.items()},
        overrides=[],
        feedback=[f for p in parts for f in p.feedback],
        ended={},
    )


def _rename(facts: RecordFacts, number: int) -> RecordFacts:
    """Each on a branch of its own, so that the reverts of one mean nothing to another."""
    name, branch = f"i{number}", f"b{number}"
    incident = replace(make_case(), id=name, branch=branch)
    told = TOLD - timedelta(hours=number)
    return RecordFacts(
        accusations=[replace(facts.accusations[0], incident_id=name, told_at=told)],
        incidents={(1, name): incident},
        lines={(1, branch): facts.lines[1, "main"]},
        overrides=[],
        feedback=[replace(f, incident_id=name) for f in facts.feedback],
        ended={},
    )


def test_everything_is_counted_once() -> None:
    total = make_record(make_many(right=3, wrong=1, open_=2, doubted=1)).total
    assert (total.made, total.right, total.wrong, total.open, total.doubted) == (7, 3, 1, 2, 1)
    assert (total.objected, total.withdrawn, total.settled) == (1, 0, 4)


def test_months_are_told_by_themselves_the_newest_first() -> None:
    facts = make_many(right=2, wrong=0)
    earlier = replace(facts.accusations[1], told_at=TOLD - timedelta(days=60))
    record = make_record(replace(facts, accusations=[facts.accusations[0], earlier]))
    assert [(month, tally.made) for month, tally in record.months] == [
        ("2026-02", 1),
        ("2025-12", 1),
    ]


def test_too_few_are_called_too_few() -> None:
    few = make_record(make_many(right=19, wrong=0))
    assert not few.is_enough
    assert "Only 19 of 19 are proved" in few.honest_line
    many = make_record(make_many(right=19, wrong=1, open_=5))
    assert many.is_enough
    assert "20 of 25 are proved; of the other 5 nobody knows" in many.honest_line
    none = make_record(make_many(0, 0))
    assert "nothing to judge" in none.honest_line
    assert none.precision == Share(0, 0, None, 0.0, 1.0)


def test_a_doubt_that_nobody_settled_makes_us_less_sure_of_ourselves() -> None:
    sure, doubted = make_record(make_many(30, 1)), make_record(make_many(30, 1, doubted=8))
    assert doubted.precision.low < sure.precision.low
    assert doubted.precision.part == sure.precision.part == 30


def test_calibration_compares_what_was_claimed_with_what_proved() -> None:
    facts = make_many(right=3, wrong=1)
    claimed = [0.86, 0.93, 0.93, 0.93]
    facts = replace(
        facts,
        accusations=[
            replace(a, confidence=c) for a, c in zip(facts.accusations, claimed, strict=True)
        ],
    )
    bins = make_record(facts).calibration
    assert [(b.low, b.right.part, b.right.whole) for b in bins] == [(0.0, 1, 1), (0.9, 2, 3)]
    unknown = replace(facts, accusations=[make_accusation(incident_id="i0", confidence=None)])
    assert make_record(unknown).calibration == ()


def test_the_delay_is_from_red_to_comment() -> None:
    record = make_record(make_record_facts())
    assert record.typical_delay == record.longest_delay == timedelta(hours=2)


def test_the_truth_lies_in_the_interval_that_is_shown() -> None:
    """A hundred half-years of which only some culprits are reverted; `bench.record` has more."""
    found = measure(100, seed=7)
    assert found.precision >= 90, found
    assert found.coverage >= 90, found
    assert found.width < 0.35, "and it is narrow enough to say something"
