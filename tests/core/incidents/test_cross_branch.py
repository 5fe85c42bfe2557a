"""Another branch cannot have been broken by this branch's commit: what it shows is heard."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.incidents.cross_branch import CROSS_BRANCH_WINDOW, apply_cross_branch_evidence
from bot.core.model import Incident, Observation, Verdict
from tests.support.make_observations import SSL, make_observation, make_signature, make_story

STORY = make_story(("a", 100), ("b", 101), past=("A", "B"))
for _ in range(2):
    STORY.red("A", "b")
INCIDENT = STORY.only()
OWN = [build for build in STORY.builds if build.sightings]
WORKER = OWN[0].worker


def make_other(**changes: object) -> Observation:
    """The same machine, the same test, at the same time, on 3.13."""
    seen = replace(make_signature(SSL), branch="3.13")
    build = make_observation(900, "A 3.13", "z", [seen], minute=110)
    there = replace(build, branch="3.13", worker=WORKER)
    return replace(there, **changes)  # type: ignore[arg-type] # told by name


def show(o: Observation, test: str, message: str, *, again: bool = False) -> Observation:
    signature = replace(make_signature(test, message), branch="3.13")
    seen = replace(o.sightings[0], signature=signature, passed_on_rerun=again)
    return replace(o, sightings=(seen,))


def hear(*others: Observation, own: list[Observation] | None = None) -> Incident:
    return apply_cross_branch_evidence(INCIDENT, [*(OWN if own is None else own), *others])


def test_alone_it_accuses() -> None:
    assert INCIDENT.pull == 101
    assert hear() == INCIDENT


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (make_other(), Verdict.ENVIRONMENT),
        (show(make_other(), "test_zip", "boom"), Verdict.ENVIRONMENT),
        (show(make_other(), SSL, "something else"), Verdict.ENVIRONMENT),
        (show(make_other(), "test_zip", "something else"), INCIDENT.verdict),
        (make_other(worker="another"), INCIDENT.verdict),
        (show(make_other(worker="another"), SSL, "boom", again=True), Verdict.FLAKY),
        (
            make_other(complete_at=INCIDENT.opened_at + CROSS_BRANCH_WINDOW + timedelta(1)),
            INCIDENT.verdict,
        ),
        (
            make_other(complete_at=INCIDENT.opened_at - CROSS_BRANCH_WINDOW - timedelta(1)),
            INCIDENT.verdict,
        ),
        (make_other(branch="main"), INCIDENT.verdict),
    ],
)
def test_what_one_build_of_another_branch_says(other: Observation, verdict: Verdict) -> None:
    heard = hear(other)
    assert heard.verdict is verdict
    assert (heard.pull is None) == (verdict is not INCIDENT.verdict)
    assert hear(other, other) == heard


def test_a_failure_on_two_machines_is_no_machine() -> None:
    two = [OWN[0], replace(OWN[1], worker="another")]
    assert hear(make_other(), own=two) == INCIDENT


def test_once_taken_back_nobody_is_suspected_of_it() -> None:
    """Who was told before has to be told that it was not their change."""
    heard = hear(make_other())
    assert heard.confidence == 0.0
    assert all(suspect.p == 0.0 for suspect in heard.suspects)
    assert heard.reason.startswith(f"Only {WORKER} shows it")
