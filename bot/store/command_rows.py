"""Rows ↔ what people told us."""

import json
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from bot.core.model.commands import (
    AuditEntry,
    CommandComment,
    CommandProgress,
    CommandResult,
    Feedback,
    FeedbackKind,
    IncidentRef,
    Override,
    OverrideKind,
    Role,
    UserComment,
)
from bot.store.json_documents import make_build_ref, parse_build_ref, parse_signature_document
from bot.store.row_mapping import Fields, Values


def make_user_comment_row(comment: UserComment) -> Values:
    """A comment that was just taken."""
    return asdict(comment) | {
        "progress": CommandProgress.TAKEN.value,
        "intent_at": None,
        "reply": None,
        "reply_id": None,
    }


def make_command_comment_row(stored: CommandComment) -> Values:
    """How far we are with a comment."""
    return {
        "progress": stored.progress.value,
        "intent_at": stored.intent_at,
        "reply": stored.reply,
        "reply_id": stored.reply_id,
    }


def parse_command_comment(row: Fields) -> CommandComment:
    """The inverse of both."""
    comment = UserComment(**_take(UserComment, row))
    own = {"comment": comment, "progress": CommandProgress(row["progress"])}
    return CommandComment(**_take(CommandComment, row) | own)


def make_audit_row(action: AuditEntry) -> Values:
    """A row of the audit."""
    row = asdict(action) | {"role": action.role.value, "result": action.result.value}
    row["person"] = row.pop("by")
    return row


def parse_audit_entry(row: Fields) -> AuditEntry:
    """The inverse."""
    own = {"by": row["person"], "role": Role(row["role"]), "result": CommandResult(row["result"])}
    return AuditEntry(**_take(AuditEntry, row) | own)


def make_override_row(override: Override) -> Values:
    """A override; its target whole, as text."""
    return {
        "repo_id": override.repo_id,
        "comment_id": override.comment_id,
        "position": override.position,
        "part": override.part,
        "kind": override.kind.value,
        "person": override.by,
        "role": override.role.value,
        "said_at": override.at,
        "number": override.number,
        "branch": override.target.branch,
        "target": _make_target(override.target),
        "sha": override.sha,
        "pull": override.pull,
        "undone_by": override.undone_by,
    }


def parse_override(row: Fields) -> Override:
    """The inverse."""
    own = {
        "kind": OverrideKind(row["kind"]),
        "by": row["person"],
        "role": Role(row["role"]),
        "at": row["said_at"],
        "target": _parse_target(json.loads(row["target"])),
    }
    return Override(**_take(Override, row) | own)


def _make_target(target: IncidentRef) -> str:
    document = asdict(target) | {"first_red_build": make_build_ref(target.first_red_build)}
    return json.dumps(document, default=datetime.isoformat)


def _parse_target(document: Fields) -> IncidentRef:
    return IncidentRef(
        incident_id=document["incident_id"],
        branch=document["branch"],
        signatures=tuple(parse_signature_document(s) for s in document["signatures"]),
        first_red_build=parse_build_ref(document["first_red_build"]),
        opened_at=datetime.fromisoformat(document["opened_at"]),
        builders=tuple(document["builders"]),
    )


def make_feedback_row(feedback: Feedback) -> Values:
    """A feedback."""
    return {
        "repo_id": feedback.repo_id,
        "incident_id": feedback.incident_id,
        "source": feedback.source,
        "word": feedback.word.value,
        "verdict": feedback.verdict,
        "pull": feedback.pull,
        "confidence": feedback.confidence,
        "said_at": feedback.at,
        "undone": feedback.undone,
    }


def parse_feedback(row: Fields) -> Feedback:
    """The inverse."""
    return Feedback(
        **_take(Feedback, row) | {"word": FeedbackKind(row["word"]), "at": row["said_at"]}
    )


def _take(cls: type[Any], row: Fields) -> Values:
    """The columns that are named as the fields of a dataclass."""
    return {field.name: row[field.name] for field in fields(cls) if field.name in row}
