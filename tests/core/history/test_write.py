"""What an export says of builds whose steps are known, and of what people ruled."""

import json
from dataclasses import replace
from datetime import timedelta

from bot.core.history.read import parse_history
from bot.core.history.write import BranchPast, render_history
from bot.core.incidents.overrides import make_ref
from bot.core.model import Observation, StepRun
from bot.core.model.commands import Override, OverrideKind, Role
from tests.support.make_observations import (
    LATE,
    SSL,
    make_line,
    make_observation,
    make_story,
)

LINE = make_line(("a", 1), ("b", 2), ("c", 3))


def told(build: Observation, command: str, *, ok: bool = True) -> Observation:
    """Its step is called `test`, whatever it runs."""
    return replace(
        build,
        steps=("test",) if ok else None,
        step_runs=(StepRun("test", command, ok=ok),),
        sightings=tuple(replace(s, step="test") for s in build.sightings),
        runs=tuple(replace(run, step="test") for run in build.runs),
    )


def test_a_docs_builder_whose_step_is_called_test_ran_no_tests() -> None:
    """Neither in a file is it to clear whoever broke them."""
    builds = (
        told(make_observation(1, "docs", "a", ran=False), "make html"),
        told(make_observation(2, "tests", "a", ran=False), "make check"),
        told(make_observation(3, "tests", "b", [SSL]), "make check", ok=False),
        told(make_observation(4, "tests", "c", complete=False), "make check"),
    )
    rows = map(json.loads, render_history("o/r", [BranchPast("main", LINE, builds)]))
    ran = {row["number"]: row["tests_ran"] for row in rows if row["type"] == "build"}
    assert ran == {1: False, 2: True, 3: True, 4: False}


def make_override(kind: OverrideKind, n: int, *, undone: bool = False) -> Override:
    story = make_story(("a", 1), ("b", 2))
    story.red("A", "b")
    return Override(
        repo_id=1,
        comment_id=n,
        position=0,
        part=0,
        kind=kind,
        by="someone",
        role=Role.WRITE,
        at=LATE + timedelta(hours=n),
        number=2,
        target=make_ref(story.only()),
        pull=2 if kind is OverrideKind.BLAME else None,
        undone_by=9 if undone else None,
    )


def test_what_people_ruled_is_read_again_and_nobody_is_named() -> None:
    overrides = (
        make_override(OverrideKind.FLAKY, 1),
        make_override(OverrideKind.BLAME, 2),
        make_override(OverrideKind.INFRA, 3, undone=True),
        make_override(OverrideKind.NOT_ME, 4),
    )
    past = BranchPast("main", LINE, (make_observation(1, "A", "a"),), overrides)
    lines = list(render_history("o/r", [past]))
    assert not any("someone" in line for line in lines if '"override"' in line)
    history = parse_history(lines)
    assert not history.left_out
    assert [(o.kind, o.pull, o.tests) for o in history.overrides["main"]] == [
        ("flaky", None, frozenset({SSL})),
        ("blame", 2, frozenset({SSL})),
    ]
