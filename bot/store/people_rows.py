"""Rows ↔ what people told us."""

import json
from dataclasses import asdict
from datetime import datetime

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
    remark = Remark(
        repo_id=row["repo_id"],
        repository=row["repository"],
        comment_id=row["comment_id"],
        number=row["number"],
        author=row["author"],
        body=row["body"],
        created_at=row["created_at"],
    )
    return Hearing(
        remark=remark,
        progress=Progress(row["progress"]),
        intent_at=row["intent_at"],
        reply=row["reply"],
        reply_id=row["reply_id"],
    )


def make_action_row(action: Action) -> Values:
    """A row of the audit."""
    row = asdict(action) | {"role": action.role.value, "result": action.result.value}
    row["person"] = row.pop("by")
    return row


def parse_action(row: Fields) -> Action:
    """The inverse."""
    return Action(
        repo_id=row["repo_id"],
        comment_id=row["comment_id"],
        position=row["position"],
        number=row["number"],
        by=row["person"],
        role=Role(row["role"]),
        command=row["command"],
        argument=row["argument"],
        said_at=row["said_at"],
        acted_at=row["acted_at"],
        result=Result(row["result"]),
        answer=row["answer"],
    )


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
    return Ruling(
        repo_id=row["repo_id"],
        comment_id=row["comment_id"],
        position=row["position"],
        part=row["part"],
        kind=RulingKind(row["kind"]),
        by=row["person"],
        role=Role(row["role"]),
        at=row["said_at"],
        number=row["number"],
        target=_parse_target(json.loads(row["target"])),
        sha=row["sha"],
        pull=row["pull"],
        undone_by=row["undone_by"],
    )


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
    return Label(
        repo_id=row["repo_id"],
        incident_id=row["incident_id"],
        source=row["source"],
        word=Word(row["word"]),
        verdict=row["verdict"],
        pull=row["pull"],
        confidence=row["confidence"],
        at=row["said_at"],
        undone=row["undone"],
    )
