"""What is decided, written down beside what is saved, and where an incident is found by.

In: incidents and pull comments, within the transaction that saves them. Out: a row for each change
that people would be told of. The road never reads them: a decision that is lost is one less line
of history.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, and_, delete, select

from bot.core.model import Incident, IncidentState, PullComment, Suspect, Verdict
from bot.core.model.decisions import Belief, CommentDecision, is_news, make_belief
from bot.store.engine.database import chunks
from bot.store.engine.page_tables import decisions, incident_parts
from bot.store.engine.upserts import put_row, put_rows
from bot.store.row_mapping import Values

SAID, WANTED, SILENT = "said", "wanted", "silent"
_LONGEST = 300  # letters of a first line


def note_beliefs(
    connection: Connection, repo_id: int, changed: Sequence[Incident], at: datetime
) -> None:
    """A row for each incident of which people would be told otherwise than before."""
    for incident in changed:
        last = _find_last(connection, repo_id, incident.id)
        belief = make_belief(incident, at)
        if is_news(parse_belief(last._mapping) if last else None, belief):
            position = last.position + 1 if last else 0
            put_row(connection, decisions, _make_belief_row(repo_id, incident.id, position, belief))


def note_comment(connection: Connection, comment: PullComment, at: datetime) -> None:
    """A row where something else is said on a pull than before, or it is silent for another why."""
    subject = name_pull(comment.number)
    last = _find_last(connection, comment.repo_id, subject)
    row = _make_comment_row(comment, at)
    told = ("verdict", "words", "document")
    if last is not None and all(last._mapping[name] == row[name] for name in told):
        return
    position = last.position + 1 if last else 0
    put_row(connection, decisions, {**row, "subject": subject, "position": position})


def name_pull(number: int) -> str:
    """The subject of what is decided on a pull."""
    return f"#{number}"


def replace_parts(
    connection: Connection, repo_id: int, branch: str, changed: Sequence[Incident], gone: list[str]
) -> None:
    """The sites and builders of incidents, instead of those that were known of these ids."""
    own = and_(incident_parts.c.repo_id == repo_id, incident_parts.c.branch == branch)
    for chunk in chunks(gone):
        connection.execute(delete(incident_parts).where(own, incident_parts.c.id.in_(chunk)))
    where = {"repo_id": repo_id, "branch": branch}
    put_rows(connection, incident_parts, [{**where, **p} for i in changed for p in make_parts(i)])


def make_parts(incident: Incident) -> list[Values]:
    """What an incident is found by."""
    sites = sorted({s.site for s in incident.signatures if s.site})
    named = [("site", site) for site in sites] + [("builder", b) for b in set(incident.builders)]
    return [{"id": incident.id, "kind": kind, "name": name} for kind, name in named]


def parse_belief(row: RowMapping) -> Belief:
    """The inverse of what `note_beliefs` writes."""
    document = json.loads(row["document"])
    return Belief(
        at=row["at"],
        verdict=Verdict(row["verdict"]),
        state=IncidentState(row["state"]),
        pull=row["pull"],
        confidence=row["confidence"],
        reason=row["words"],
        suspects=tuple(Suspect(sha, pull, p) for sha, pull, p in document["suspects"]),
        awaited=tuple(document["awaited"]),
        reds=document["reds"],
    )


def parse_comment_decision(row: RowMapping) -> CommentDecision:
    """The inverse of what `note_comment` writes."""
    return CommentDecision(
        at=row["at"],
        number=row["pull"],
        says=row["words"],
        stands=row["verdict"] == SAID,
        reason=row["document"] or "",
    )


def _find_last(connection: Connection, repo_id: int, subject: str) -> Row[*tuple[Any, ...]] | None:
    own = and_(decisions.c.repo_id == repo_id, decisions.c.subject == subject)
    newest = select(decisions).where(own).order_by(decisions.c.position.desc()).limit(1)
    return connection.execute(newest).one_or_none()


def _make_belief_row(repo_id: int, subject: str, position: int, belief: Belief) -> Values:
    document = {
        "suspects": [[s.sha, s.pull, round(s.p, 4)] for s in belief.suspects],
        "awaited": belief.awaited,
        "reds": belief.reds,
    }
    return {
        "repo_id": repo_id,
        "subject": subject,
        "position": position,
        "at": belief.at,
        "verdict": belief.verdict.value,
        "state": belief.state.value,
        "pull": belief.pull,
        "confidence": belief.confidence,
        "words": belief.reason,
        "document": json.dumps(document, separators=(",", ":")),
    }


def _make_comment_row(comment: PullComment, at: datetime) -> Values:
    wanted = comment.wanted or ""
    stands = comment.wanted is not None and comment.wanted == comment.standing
    return {
        "repo_id": comment.repo_id,
        "at": at,
        "verdict": SAID if stands else WANTED if wanted else SILENT,
        "state": "",
        "pull": comment.number,
        "confidence": 0.0,
        "words": _find_first_line(wanted),
        "document": comment.why_silent,
    }


def _find_first_line(markdown: str) -> str:
    """The first line that people see."""
    lines = (line.strip() for line in markdown.splitlines())
    return next((n for n in lines if n and not n.startswith("<!--")), "")[:_LONGEST]
