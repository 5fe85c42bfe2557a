"""One build as JSON: what Buildbot said of it, what its logs say, its part in incidents."""

from bot.core.log_reading import Failure, Reading, TestRun
from bot.core.ports.details import BuildDetail
from bot.web.api.details_json import Json, render_commit, render_record
from bot.web.pages.dashboard import render_incident


def render_build_detail(found: BuildDetail, public_url: str) -> Json:
    """All that is stored of a build."""
    record, home = found.record, found.repository
    return {
        **render_record(record),
        "repo": home.full_name if home else None,
        "branch": record.build.branch,
        "tags": list(record.builder.tags),
        "commit": render_commit(found.commit) if found.commit else None,
        "steps": [
            {"name": step.name, "command": step.command, "ok": step.ok}
            for step in record.step_runs or ()
        ],
        "logs": list(record.sources),
        "reading": _render_reading(record.reading) if record.reading else None,
        "incidents": [
            {"role": role, **render_incident(home, incident, public_url)}
            for incident, role in found.incidents
            if home is not None
        ],
    }


def _render_reading(reading: Reading) -> Json:
    return {
        "kind": reading.kind.value,
        "partial": reading.partial,
        "rerun": reading.rerun,
        "lines": reading.lines,
        "bytes": reading.bytes,
        "environment": dict(reading.environment),
        "failures": [_render_failure(failure) for failure in reading.failures],
        "runs": [_render_run(run) for run in reading.runs],
        "notes": list(reading.notes),
    }


def _render_failure(failure: Failure) -> Json:
    return {
        "suite": failure.suite,
        "kind": failure.kind.value,
        "test": failure.test,
        "message": failure.message,
        "exception": failure.exception,
        "location": failure.location,
        "line": failure.line,
        "passed_on_rerun": failure.passed_on_rerun,
    }


def _render_run(run: TestRun) -> Json:
    return {
        "suite": run.suite,
        "step": run.step,
        "complete": run.complete,
        "not_reached": None if run.not_reached is None else list(run.not_reached),
    }
