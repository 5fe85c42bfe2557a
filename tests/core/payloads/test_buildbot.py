"""Buildbot's JSON becomes our nouns, or a clear complaint: never a crash, never a guess."""

import json
import math
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.core import payloads
from bot.core.errors import Malformed
from bot.core.model import ScheduledBy
from bot.core.model.build_results import Result
from bot.core.payloads import (
    parse_build,
    parse_build_push,
    parse_builder,
    parse_log_content,
    parse_logs,
    parse_steps,
)
from tests.support.make_json import SHA, make_build_json


def parse(**changes: Any) -> Any:
    return parse_build("buildbot", make_build_json(**changes))


# ---------------------------------------------------------------- a build


def test_a_finished_build_is_read_whole() -> None:
    build = parse()
    assert build.source == "buildbot"
    assert (build.buildid, build.number, build.builderid, build.buildrequestid) == (77, 27, 1, 83)
    assert build.worker == "wk-debian"
    assert build.branch == "main"
    assert build.revision == SHA
    assert build.repository == "python/cpython"
    assert build.scheduled_by is ScheduledBy.BRANCH
    assert build.result is Result.FAILURE
    assert build.started_at == datetime(2026, 11, 21, 8, 6, 47, tzinfo=UTC)
    assert build.complete_at == datetime(2026, 11, 21, 8, 6, 49, tzinfo=UTC)


def test_a_running_build_has_no_result_yet() -> None:
    build = parse(complete=False, complete_at=None, results=None)
    assert build.result is None
    assert build.complete_at is None


def test_a_build_without_properties_is_still_a_build() -> None:
    """Reporters of one master share a dict, so that properties may be missing or empty."""
    empty: tuple[Any, ...] = (None, {})
    for properties in empty:
        build = parse_build("b", make_build_json() | {"properties": properties})
        assert (build.worker, build.branch, build.revision) == ("worker 2", None, None)
        assert build.repository is None


def test_the_revision_that_was_asked_for_is_no_revision() -> None:
    """A build whose checkout failed never had it."""
    assert parse(properties={"got_revision": None, "revision": [SHA, "Build"]}).revision is None


@pytest.mark.parametrize(
    ("properties", "buildset", "expected"),
    [
        ({}, None, ScheduledBy.BRANCH),
        ({"scheduler": ["reinforced", "Scheduler"]}, None, ScheduledBy.BRANCH),
        ({"owners": [["a <a@b>"], "Build"]}, None, ScheduledBy.BRANCH),
        ({"scheduler": ["force", "Scheduler"]}, None, ScheduledBy.FORCE),
        ({"scheduler": ["3.x-force", "Scheduler"]}, None, ScheduledBy.FORCE),
        (
            {"owner": ["me", "Force Build Form"], "reason": ["bisect", "Force Build Form"]},
            None,
            ScheduledBy.FORCE,
        ),
        ({"reason": ["", "Force Build Form"]}, None, ScheduledBy.FORCE),
        ({}, {"rebuilt_buildid": 5, "reason": "rebuild"}, ScheduledBy.REBUILD),
        ({}, {"rebuilt_buildid": None, "reason": "rebuild"}, ScheduledBy.REBUILD),
        (
            {"scheduler": ["force", "Scheduler"]},
            {"rebuilt_buildid": 5, "reason": "rebuild"},
            ScheduledBy.REBUILD,
        ),
        ({"scheduler": ["rebuild", "Scheduler"]}, None, ScheduledBy.REBUILD),
        (
            {"nightswatch_request": ["7f3a", "Force Build Form"], "scheduler": ["ours", "S"]},
            None,
            ScheduledBy.REQUEST,
        ),
        (  # somebody pressed "rebuild" on it: Buildbot copies the properties
            {"nightswatch_request": ["7f3a", "Force Build Form"]},
            {"rebuilt_buildid": 5, "reason": "rebuild"},
            ScheduledBy.REBUILD,
        ),
    ],
)
def test_why_a_build_was_made(
    properties: dict[str, Any], buildset: dict[str, Any] | None, expected: ScheduledBy
) -> None:
    """A forced build that counted as the branch's own would move the baseline."""
    assert parse(properties=properties, buildset=buildset).scheduled_by is expected


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"buildid": "77"}, "build.buildid"),
        ({"buildid": True}, "build.buildid"),
        ({"buildid": 0}, "build.buildid"),
        ({"buildid": 2**63}, "build.buildid"),
        ({"number": None}, "build.number"),
        ({"number": 1.5}, "build.number"),
        ({"complete": None}, "build.complete"),
        ({"complete": 1}, "build.complete"),
        ({"complete_at": None}, "build.complete_at"),
        ({"started_at": math.nan}, "build.started_at"),
        ({"started_at": math.inf}, "build.started_at"),
        ({"started_at": 10**400}, "build.started_at"),
        ({"started_at": -1}, "build.started_at"),
        ({"started_at": False}, "build.started_at"),
        ({"results": 7}, "build.results"),
        ({"results": -1}, "build.results"),
        ({"results": None}, "build.results"),
        ({"results": True}, "build.results"),
        ({"state_string": ["x"]}, "build.state_string"),
        ({"buildset": 3}, "build.buildset"),
        ({"buildset": {"sourcestamps": {}}}, "build.buildset.sourcestamps"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse(**changes)
    assert str(caught.value).startswith(field + " is not ")


def test_no_text_breaks_a_database() -> None:
    """PostgreSQL takes no NUL, and no encoder takes half a surrogate pair."""
    build = parse(state_string="a\0b\ud800c", properties={"branch": ["m\0n", "Build"]})
    assert build.state_string == "a\N{REPLACEMENT CHARACTER}b?c"
    assert build.branch == "m\N{REPLACEMENT CHARACTER}n"


# ---------------------------------------------------------------- the rest of Buildbot


def test_a_push_says_where_to_look() -> None:
    assert parse_build_push({"buildid": 45, "complete": False, "steps": [1]})[:2] == (45, False)
    ended = {"buildid": 45, "complete": True, "complete_at": 1_700_000_000, "results": 5}
    assert parse_build_push(ended).result is Result.RETRY
    assert parse_build_push({**ended, "complete_at": "soon"})[:3] == (45, True, None)
    wrongs: list[Any] = [{}, [], None, {"buildid": 45}, {"buildid": 1.0, "complete": True}]
    for wrong in wrongs:
        with pytest.raises(Malformed):
            parse_build_push(wrong)


def test_a_builder_has_its_tags() -> None:
    builder = parse_builder("b", {"builderid": 1, "name": "AMD64", "tags": ["stable", "tier-1"]})
    assert builder.tags == ("stable", "tier-1")


def test_only_logs_of_text_are_read() -> None:
    """An HTML page would be searched for failures; a deleted one is told of."""
    steps = {
        "steps": [
            {"stepid": 9, "number": 3, "name": "test", "results": 2},
            {"stepid": 8, "number": 1, "name": "git", "results": None},
        ]
    }
    git, test = parse_steps(steps)
    assert (git.name, git.result, test.result) == ("git", None, Result.FAILURE)
    rows = [
        {"logid": i, "name": f"log{i}", "num_lines": 3, "type": kind}
        for i, kind in enumerate("sthd", start=1)
    ]
    logs = parse_logs(test, {"logs": rows})
    assert [(log.logid, log.step, log.step_number, log.deleted) for log in logs] == [
        (1, "test", 3, False),
        (2, "test", 3, False),
        (4, "test", 3, True),
    ]


def test_no_lines_are_an_answer_but_no_answer_is_not() -> None:
    assert parse_log_content({"logchunks": [{"content": ""}]}) == ""
    with pytest.raises(Malformed):
        parse_log_content({"logchunks": []})


def test_one_is_not_two_and_not_none() -> None:
    """Buildbot answers with a list also where one thing was asked for."""
    assert payloads.parse_row({"builds": [5]}, "builds") == 5
    rows: list[list[int]] = [[], [5, 6]]
    for wrong in rows:
        with pytest.raises(Malformed, match="does not hold one element"):
            payloads.parse_row({"builds": wrong}, "builds")


# ---------------------------------------------------------------- recorded at a real Buildbot

DATA = os.environ.get("NIGHTSWATCH_DATA")
needs_data = pytest.mark.skipif(not DATA, reason="NIGHTSWATCH_DATA names no recordings")


def load_recordings(pattern: str) -> list[tuple[str, Any]]:
    files = sorted(Path(DATA or ".", "data", "buildbot").glob(pattern))
    assert files
    return [(file.stem, json.loads(file.read_text())["body"]) for file in files]


@needs_data
def test_every_recorded_push_is_understood() -> None:
    for name, body in load_recordings("payloads/*-b*.json"):
        push = parse_build_push(body)
        assert push.complete == name.endswith("-finish")
        build = parse_build("buildbot", body)
        assert build.buildid == push.buildid
        assert (build.result is None) == (not push.complete)
        if push.complete and not name.startswith("noprops"):
            assert build.revision
            assert build.repository == "python/cpython"
        assert build.scheduled_by is ScheduledBy.BRANCH


@needs_data
def test_every_recorded_answer_is_understood() -> None:
    answers = dict(load_recordings("rest/*.json"))
    builds = [parse_build("b", row) for row in payloads.parse_rows(answers["catchup"], "builds")]
    assert [build.buildid for build in builds] == [41, 42, 43, 44, 45]
    assert all(build.revision and build.worker and build.branch == "main" for build in builds)
    rows = payloads.parse_rows(answers["builders"], "builders")
    assert "stable" in parse_builder("b", rows[0]).tags
    assert [step.name for step in parse_steps(answers["build_steps"])][:2] == [
        "worker_preparation",
        "git",
    ]
    requests = payloads.parse_rows(answers["buildrequests"], "buildrequests")
    assert payloads.parse_buildsetid(requests[0]) == 47
