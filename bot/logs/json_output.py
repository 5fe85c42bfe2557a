"""A reading in the fixed shape of `explain --json`."""

from __future__ import annotations

from typing import Any

from bot.core.log_reading import Failure, Reading, TestRun


def reading_as_json(reading: Reading) -> dict[str, Any]:
    """Plain data for `json.dumps`.

    `tests` are all tests that failed, once each; those with `passed_on_rerun` failed only once.
    """
    return {
        "kind": str(reading.kind),
        "failures": [_failure(failure) for failure in reading.failures],
        "tests": list(dict.fromkeys(f.test for f in reading.failures if f.test)),
        "excerpt": list(reading.excerpt),
        "rerun": reading.rerun,
        "seed": reading.seed,
        "command": reading.command,
        "reproduce": reading.reproduce,
        "exit_status": reading.exit_status,
        "runs": [_run(run) for run in reading.runs],
        "notes": list(reading.notes),
        "bytes": reading.bytes,
        "lines": reading.lines,
    }


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "suite": failure.suite,
        "kind": str(failure.kind),
        "test": failure.test,
        "message": failure.message,
        "exception": failure.exception,
        "location": failure.location,
        "line": failure.line,
        "passed_on_rerun": failure.passed_on_rerun,
    }


def _run(run: TestRun) -> dict[str, Any]:
    return {
        "suite": run.suite,
        "complete": run.complete,
        "not_reached": None if run.not_reached is None else list(run.not_reached),
    }
