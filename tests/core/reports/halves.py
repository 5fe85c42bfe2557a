"""One accusation on a short line of commits, and what may become of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.model import (
    BranchCommits,
    BuilderRange,
    BuildRef,
    Commit,
    Fix,
    Incident,
    IncidentState,
    RegressionRange,
    Suspect,
    Verdict,
)
from bot.core.model.commands import (
    Feedback,
    FeedbackKind,
    IncidentRef,
    Override,
    OverrideKind,
    Role,
)
from bot.core.ports.record import Accusation, RecordFacts
from tests.core.fleet.test_release import NOW
from tests.support.make_observations import make_signature
from tests.support.make_stored import make_incident

TOLD = NOW - timedelta(days=3)
SHAS = tuple(f"{n:040x}" for n in range(8))
PULLS = (None, 101, 102, 103, 104, 105, 106, 107)
ACCUSED, OTHER = 102, 103
REDS = (BuildRef("bb", 1), BuildRef("bb", 2))
LATER = BuildRef("bb", 50)


def make_line(**reverts: int) -> BranchCommits:
    """`at5=2`: the commit at 5 reverts the one at 2."""
    commits = [
        Commit(sha, None, NOW, f"Change {n}", "a", pull)
        for n, (sha, pull) in enumerate(zip(SHAS, PULLS, strict=True))
    ]
    for name, target in reverts.items():
        at = int(name.removeprefix("at"))
        commits[at] = replace(commits[at], reverts=SHAS[target])
    return BranchCommits(1, 0, tuple(commits))


def between(good: int, bad: int) -> RegressionRange:
    return RegressionRange(SHAS[good], SHAS[bad])


def make_case(**changes: Any) -> Incident:
    """Broken between 0 and 3: pulls 101 to 103; 102 is accused; mended between 4 and 5."""
    incident = make_incident(
        "i1",
        signatures=(make_signature("test_a"),),
        builders=("A",),
        verdict=Verdict.SUSPECTED,
        state=IncidentState.FIXED,
        range=between(0, 3),
        ranges=(BuilderRange("A", between(0, 3), None, REDS[0]),),
        suspects=tuple(Suspect(SHAS[n], PULLS[n], 0.3) for n in (1, 2, 3)),
        opened_at=TOLD - timedelta(hours=2),
        red_builds=REDS,
        fix=Fix(between(4, 5), None),
    )
    return replace(incident, **changes)


def make_accusation(**changes: Any) -> Accusation:
    made = Accusation(1, ACCUSED, "i1", TOLD, 0.93, is_posted=True, is_withdrawn=False)
    return replace(made, **changes)


def make_objection(*, undone: bool = False) -> Feedback:
    word = FeedbackKind.OBJECTED
    return Feedback(1, "i1", "comment 1", word, "suspected", ACCUSED, 0.93, TOLD, undone)


def make_ruling(kind: OverrideKind, pull: int | None = None) -> Override:
    target = IncidentRef("i1", "main", (make_signature("test_a"),), REDS[0], TOLD)
    return Override(
        *(1, 1, 0, 0, kind, "maintainer", Role.WRITE, TOLD + timedelta(hours=1), ACCUSED, target),
        pull=pull,
    )


def make_record_facts(
    line: BranchCommits | None = None,
    incident: Incident | None = None,
    accusation: Accusation | None = None,
    *,
    overrides: tuple[Override, ...] = (),
    feedback: tuple[Feedback, ...] = (),
    ended: dict[BuildRef, datetime] | None = None,
) -> RecordFacts:
    return RecordFacts(
        accusations=[accusation or make_accusation()],
        incidents={(1, "i1"): incident or make_case()},
        lines={(1, "main"): line or make_line()},
        overrides=overrides,
        feedback=feedback,
        ended=ended or {},
    )
