"""Rows ↔ what people told us."""

import json
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from bot.core.people import (
    Action,
    Hearing,
    Label,
    Progress,
    Remark,
    Result,
    Role,
    Ruling,
    RulingKind,
    Target,
    Word,
)
from bot.store.documents import parse_signature_document
from bot.store.rows import Fields, Values


def make_remark_row(remark: Remark) -> Values:
    """A remark that was just taken."""
    return asdict(remark) | {
        "progress": Progress.TAKEN.value,
        "intent_at": None,
        "reply": None,
        "reply_id": None,
    }


def make_hearing_row(hearing: Hearing) -> Values:
    """How far we are with a remark."""
    return {
        "progress": hearing.progress.value,
        "intent_at": hearing.intent_at,
        "reply": hearing.reply,
        "reply_id": hearing.reply_id,
    }


def parse_hearing(row: Fields) -> Hearing:
    """The inverse of both."""
    remark = Remark(**_take(Remark, row))
    own = {"remark": remark, "progress": Progress(row["progress"])}
    return Hearing(**_take(Hearing, row) | own)


def make_action_row(action: Action) -> Values:
    """A row of the audit."""
    row = asdict(action) | {"role": action.role.value, "result": action.result.value}
    row["person"] = row.pop("by")
    return row


def parse_action(row: Fields) -> Action:
    """The inverse."""
    own = {"by": row["person"], "role": Role(row["role"]), "result": Result(row["result"])}
    return Action(**_take(Action, row) | own)


def make_ruling_row(ruling: Ruling) -> Values:
    """A ruling; its target whole, as text."""
    return {
        "repo_id": ruling.repo_id,
        "comment_id": ruling.comment_id,
        "position": ruling.position,
        "part": ruling.part,
        "kind": ruling.kind.value,
        "person": ruling.by,
        "role": ruling.role.value,
        "said_at": ruling.at,
        "number": ruling.number,
        "branch": ruling.target.branch,
        "target": json.dumps(asdict(ruling.target), default=datetime.isoformat),
        "sha": ruling.sha,
        "pull": ruling.pull,
        "undone_by": ruling.undone_by,
    }


def parse_ruling(row: Fields) -> Ruling:
    """The inverse."""
    own = {
        "kind": RulingKind(row["kind"]),
        "by": row["person"],
        "role": Role(row["role"]),
        "at": row["said_at"],
        "target": _parse_target(json.loads(row["target"])),
    }
    return Ruling(**_take(Ruling, row) | own)


def _parse_target(document: Fields) -> Target:
    return Target(
        incident_id=document["incident_id"],
        branch=document["branch"],
        signatures=tuple(parse_signature_document(s) for s in document["signatures"]),
        first_red_build=document["first_red_build"],
        opened_at=datetime.fromisoformat(document["opened_at"]),
        builders=tuple(document["builders"]),
    )


def make_label_row(label: Label) -> Values:
    """A label."""
    return {
        "repo_id": label.repo_id,
        "incident_id": label.incident_id,
        "source": label.source,
        "word": label.word.value,
        "verdict": label.verdict,
        "pull": label.pull,
        "confidence": label.confidence,
        "said_at": label.at,
        "undone": label.undone,
    }


def parse_label(row: Fields) -> Label:
    """The inverse."""
    return Label(**_take(Label, row) | {"word": Word(row["word"]), "at": row["said_at"]})


def _take(cls: type[Any], row: Fields) -> Values:
    """The columns that are named as the fields of a dataclass."""
    return {field.name: row[field.name] for field in fields(cls) if field.name in row}
