"""A build as JSON: all that is stored, and nothing where nothing is known."""

import json
from dataclasses import replace

from bot.core.model import Failure, Kind, Reading, Repository, StepRun, TestRun
from bot.core.ports.details import BuildDetail
from bot.web.api.builds_json import render_build_detail
from tests.support.make_stored import make_commit, make_facts, make_incident

READING = Reading(
    kind=Kind.TEST_FAILURE,
    failures=(Failure("unittest", Kind.TEST_FAILURE, "test_ssl", "1 != 2", location="a.py:3"),),
    runs=(TestRun("unittest", False, ("test_os",), "test"),),
    environment=(("compiler", "GCC 12.2.0"),),
)


def test_a_build_is_told_with_all_that_its_logs_say() -> None:
    steps = (StepRun("compile", "make"), StepRun("test", None, ok=False))
    record = replace(make_facts(7), reading=READING, step_runs=steps, sources=("test/stdio",))
    found = BuildDetail(
        record, Repository(1, "o/r"), make_commit("a" * 40, 3), ((make_incident("i1"), "shows it"),)
    )
    told = render_build_detail(found, "https://watch.example")
    assert json.loads(json.dumps(told)) == told
    assert (told["buildid"], told["repo"], told["commit"]["pull"]) == (7, "o/r", 3)
    assert told["steps"] == [
        {"name": "compile", "command": "make", "ok": True},
        {"name": "test", "command": None, "ok": False},
    ]
    (failure,) = told["reading"]["failures"]
    assert (failure["test"], failure["location"]) == ("test_ssl", "a.py:3")
    assert told["reading"]["runs"][0]["not_reached"] == ["test_os"]
    assert told["reading"]["environment"] == {"compiler": "GCC 12.2.0"}
    (incident,) = told["incidents"]
    assert incident["role"] == "shows it"
    assert incident["url"] == "https://watch.example/incidents/i1"


def test_what_is_not_known_is_null() -> None:
    told = render_build_detail(BuildDetail(make_facts(7), None, None, ()), "")
    assert (told["repo"], told["commit"], told["reading"], told["steps"]) == (None, None, None, [])
