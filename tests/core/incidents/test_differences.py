"""What else changed between the last green build and the first red one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.incidents.differences import Difference, find_differences
from bot.core.model import BuilderRange, BuildRecord, Reading, RegressionRange, ScheduledBy
from bot.core.model.observations import StepRun
from tests.support.make_stored import MOMENT, make_facts, make_incident
from tests.support.refs import ref

RANGE = BuilderRange("AMD64 Debian", RegressionRange("a", "b"), ref(1), ref(2))
INCIDENT = make_incident("i1", ranges=(RANGE,))
STEPS = (StepRun("configure", "./configure --with-lto"), StepRun("test", "make test"))


def make_build(number: int, steps: tuple[StepRun, ...] | None = STEPS, **how: Any) -> BuildRecord:
    how.setdefault("complete_at", MOMENT + timedelta(minutes=20))
    name = ref(number)
    facts = make_facts(name.id, source=name.source, **how)
    return replace(facts, step_runs=steps)


@pytest.mark.parametrize(
    ("red", "differences"),
    [
        ({}, ()),
        ({"worker": "wk2"}, (Difference("worker", "wk", "wk2"),)),
        (
            {"scheduled_by": ScheduledBy.FORCE},
            (Difference("scheduled by", "branch", "force"),),
        ),
        (
            {"steps": (StepRun("configure", "./configure"), STEPS[1])},
            (Difference("step configure", "./configure --with-lto", "./configure"),),
        ),
        ({"steps": STEPS[:1]}, ()),  # it did not come to that
        ({"steps": (*STEPS, StepRun("lint"))}, (Difference("step lint", "", "it runs"),)),
        ({"steps": None}, ()),  # not known is no difference
        (
            {"complete_at": MOMENT + timedelta(minutes=50)},
            (Difference("duration", "20 min", "50 min"),),
        ),
        ({"complete_at": MOMENT + timedelta(minutes=30)}, ()),
    ],
)
def test_only_what_differs_is_told(
    red: dict[str, Any], differences: tuple[Difference, ...]
) -> None:
    (found,) = find_differences(INCIDENT, [make_build(1), make_build(2, **red)])
    assert found.differences == differences


def test_kernel_and_compiler_are_compared_where_both_logs_tell_them() -> None:
    """What one log alone tells is no difference: of a green build only the end is read."""
    old = Reading(environment=(("compiler", "GCC 12.2.0"), ("python", "3.14.0a1")))
    new = Reading(environment=(("compiler", "GCC 14.1.0"), ("system", "Linux-6.9")))
    builds = [replace(make_build(1), reading=old), replace(make_build(2), reading=new)]
    (found,) = find_differences(INCIDENT, builds)
    assert found.differences == (Difference("compiler", "GCC 12.2.0", "GCC 14.1.0"),)


def test_a_range_with_an_end_that_is_not_known_is_not_compared() -> None:
    assert find_differences(INCIDENT, [make_build(2)]) == ()
    never_green = replace(RANGE, last_good_build=None)
    incident = make_incident("i1", ranges=(never_green,))
    assert find_differences(incident, [make_build(1), make_build(2)]) == ()
