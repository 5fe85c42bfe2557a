"""What is only read back whole, as JSON text: readings, incidents, lists of words.

In: a model object. Out: text that holds it, and the object again. The text is ASCII, so every
string survives on every database. A plain field added later takes its default, and one that
we do not know is passed over: older and newer versions may share a database for a while.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from bot.core.model import (
    FIRST_SOURCE,
    BuilderRange,
    BuildEvidence,
    BuildRef,
    Failure,
    Fix,
    FlakeRecord,
    Incident,
    IncidentState,
    Kind,
    Outcome,
    Reading,
    RegressionRange,
    Signature,
    StepRun,
    Suspect,
    TestRun,
    Verdict,
)

_Document = dict[str, Any]

# As many as a large fleet has builders with a set of steps of their own, and some more.
_STEP_RUNS_KEPT = 4096


def make_words(words: Sequence[str]) -> str:
    """A list of strings as text."""
    return json.dumps(list(words))


def parse_words(text: str) -> tuple[str, ...]:
    """The inverse of `make_words`."""
    return tuple(json.loads(text))


def make_numbers(numbers: Sequence[int]) -> str:
    """A list of numbers as text."""
    return json.dumps(list(numbers))


def parse_numbers(text: str) -> tuple[int, ...]:
    """The inverse of `make_numbers`."""
    return tuple(json.loads(text))


def make_reading_document(reading: Reading) -> str:
    """A reading as text."""
    return _make_text(asdict(reading))


def parse_reading_document(text: str) -> Reading:
    """The inverse of `make_reading_document`."""
    document = json.loads(text)
    known = _known(Reading, document) | {
        "kind": Kind(document["kind"]),
        "failures": tuple(_parse_failure(failure) for failure in document["failures"]),
        "excerpt": tuple(document["excerpt"]),
        "runs": tuple(_parse_run(run) for run in document["runs"]),
        "notes": tuple(document["notes"]),
        "environment": tuple((name, value) for name, value in document.get("environment", ())),
    }
    return Reading(**known)


def make_step_runs_document(step_runs: Sequence[StepRun] | None) -> str | None:
    """The steps of a build as text."""
    if step_runs is None:
        return None
    rows = [[s.name, s.command, s.ok] for s in step_runs]
    return json.dumps(rows, separators=(",", ":"))


@lru_cache(_STEP_RUNS_KEPT)
def parse_step_runs_document(text: str | None) -> tuple[StepRun, ...] | None:
    """The inverse of `make_step_runs_document`; builds with the same steps share them."""
    if text is None:
        return None
    return tuple(StepRun(name, command, ok) for name, command, ok in json.loads(text))


def make_incident_document(incident: Incident) -> str:
    """An incident as text."""
    document = asdict(incident)
    document["first_red_build"] = make_build_ref(incident.first_red_build)
    document["red_builds"] = [make_build_ref(ref) for ref in incident.red_builds]
    for one in document["ranges"]:
        good = one["last_good_build"]
        one["last_good_build"] = None if good is None else make_build_ref(good)
        one["first_bad_build"] = make_build_ref(one["first_bad_build"])
    for suspect in document["suspects"]:
        for evidence in suspect["testimony"]:
            evidence["buildid"] = make_build_ref(evidence.pop("build"))
    return _make_text(document)


def parse_incident_document(text: str) -> Incident:
    """The inverse of `make_incident_document`."""
    document = json.loads(text)
    closed_at, fix = document["closed_at"], document["fix"]
    record = document.get("record")
    known = _known(Incident, document) | {
        "signatures": tuple(parse_signature_document(s) for s in document["signatures"]),
        "builders": tuple(document["builders"]),
        "verdict": Verdict(document["verdict"]),
        "state": IncidentState(document["state"]),
        "range": _parse_range(document["range"]),
        "ranges": tuple(_parse_builder_range(r) for r in document["ranges"]),
        "suspects": tuple(_parse_suspect(s) for s in document["suspects"]),
        "opened_at": datetime.fromisoformat(document["opened_at"]),
        "first_red_build": parse_build_ref(document["first_red_build"]),
        "red_builds": tuple(parse_build_ref(ref) for ref in document["red_builds"]),
        "awaited": tuple(document["awaited"]),
        "closed_at": datetime.fromisoformat(closed_at) if closed_at else None,
        "fix": _parse_fix(fix) if fix else None,
        "record": FlakeRecord(**_known(FlakeRecord, record)) if record else None,
    }
    return Incident(**known)


def make_build_ref(ref: BuildRef) -> int | list[object]:
    """A build's name: of the first source its id alone, as the first release wrote and reads it."""
    return ref.id if ref.source == FIRST_SOURCE else list(ref)


def parse_build_ref(value: Any) -> BuildRef:
    """The inverse of `make_build_ref`."""
    return BuildRef(FIRST_SOURCE, value) if isinstance(value, int) else BuildRef(*value)


def _make_text(document: _Document) -> str:
    """Enums become their values; the same object always gives the same text."""
    return json.dumps(document, default=datetime.isoformat, separators=(",", ":"))


def _known(cls: type[Any], document: _Document) -> _Document:
    names = {field.name for field in fields(cls)}
    return {name: value for name, value in document.items() if name in names}


def _parse_failure(document: _Document) -> Failure:
    known = _known(Failure, document) | {
        "kind": Kind(document["kind"]),
        "excerpt": tuple(document["excerpt"]),
    }
    return Failure(**known)


def _parse_run(document: _Document) -> TestRun:
    missed = document["not_reached"]
    known = {"not_reached": tuple(missed) if missed is not None else None}
    return TestRun(**_known(TestRun, document) | known)


def parse_signature_document(document: _Document) -> Signature:
    """A signature, from its part of a document."""
    return Signature(**_known(Signature, document) | {"kind": Kind(document["kind"])})


def _parse_range(document: _Document) -> RegressionRange:
    return RegressionRange(**_known(RegressionRange, document))


def _parse_builder_range(document: _Document) -> BuilderRange:
    good, bad = document["last_good_build"], document["first_bad_build"]
    known = _known(BuilderRange, document) | {
        "range": _parse_range(document["range"]),
        "last_good_build": None if good is None else parse_build_ref(good),
        "first_bad_build": parse_build_ref(bad),
    }
    return BuilderRange(**known)


def _parse_suspect(document: _Document) -> Suspect:
    evidence = document.get("testimony", ())
    return Suspect(
        **_known(Suspect, document) | {"testimony": tuple(_parse_testimony(t) for t in evidence)}
    )


def _parse_testimony(document: _Document) -> BuildEvidence:
    known = _known(BuildEvidence, document) | {
        "build": parse_build_ref(document["buildid"]),
        "outcome": Outcome(document["outcome"]),
    }
    return BuildEvidence(**known)


def _parse_fix(document: _Document) -> Fix:
    return Fix(**_known(Fix, document) | {"range": _parse_range(document["range"])})
