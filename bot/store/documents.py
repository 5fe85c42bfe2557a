"""What is only read back whole, as JSON text: readings, incidents, lists of words.

In: a model object. Out: text that holds it, and the object again. The text is ASCII, so every
string survives on every database. A plain field added later takes its default, and one that
we do not know is passed over: older and newer versions may share a database for a while.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from bot.core.model import (
    BuilderRange,
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
    Suspect,
    Testimony,
    TestRun,
    Verdict,
)

_Document = dict[str, Any]


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
    return _make_text(reading)


def parse_reading_document(text: str) -> Reading:
    """The inverse of `make_reading_document`."""
    document = json.loads(text)
    known = _known(Reading, document) | {
        "kind": Kind(document["kind"]),
        "failures": tuple(_parse_failure(failure) for failure in document["failures"]),
        "excerpt": tuple(document["excerpt"]),
        "runs": tuple(_parse_run(run) for run in document["runs"]),
        "notes": tuple(document["notes"]),
    }
    return Reading(**known)


def make_incident_document(incident: Incident) -> str:
    """An incident as text."""
    return _make_text(incident)


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
        "red_builds": tuple(document["red_builds"]),
        "awaited": tuple(document["awaited"]),
        "closed_at": datetime.fromisoformat(closed_at) if closed_at else None,
        "fix": _parse_fix(fix) if fix else None,
        "record": FlakeRecord(**_known(FlakeRecord, record)) if record else None,
    }
    return Incident(**known)


def _make_text(thing: Reading | Incident) -> str:
    """Enums become their values; the same object always gives the same text."""
    return json.dumps(asdict(thing), default=datetime.isoformat, separators=(",", ":"))


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
    known = _known(BuilderRange, document) | {"range": _parse_range(document["range"])}
    return BuilderRange(**known)


def _parse_suspect(document: _Document) -> Suspect:
    told = document.get("testimony", ())
    return Suspect(
        **_known(Suspect, document) | {"testimony": tuple(_parse_testimony(t) for t in told)}
    )


def _parse_testimony(document: _Document) -> Testimony:
    return Testimony(**_known(Testimony, document) | {"outcome": Outcome(document["outcome"])})


def _parse_fix(document: _Document) -> Fix:
    return Fix(**_known(Fix, document) | {"range": _parse_range(document["range"])})
