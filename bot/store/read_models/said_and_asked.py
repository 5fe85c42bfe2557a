"""What was said of incidents and on pulls, what people wrote there, and what was asked for.

In: an incident, or a pull, within a transaction. Out: the records, oldest first.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from bot.core.model import Announcement, Commit, Incident
from bot.core.model.commands import AuditEntry, Feedback
from bot.core.model.request_records import RequestRecord
from bot.store.command_rows import parse_audit_entry, parse_feedback
from bot.store.engine.db_clock import DbClock, find_ours
from bot.store.engine.request_tables import requests
from bot.store.engine.tables import actions, branches, commits, files, incidents, labels, said
from bot.store.json_documents import parse_incident_document
from bot.store.request_rows import parse_request
from bot.store.requests import SHARED
from bot.store.row_mapping import parse_commit, parse_said

_MOST = 200  # of each, of one incident or pull


def load_said(
    connection: Connection, repo_id: int, incident: Incident
) -> tuple[list[int], tuple[tuple[int, Announcement], ...]]:
    """The pulls that an incident concerns, and what was said there of it."""
    own = and_(said.c.repo_id == repo_id, said.c.incident_id == incident.id)
    newest = select(said).where(own).order_by(said.c.at.desc()).limit(_MOST)
    rows = connection.execute(newest).mappings().all()[::-1]
    announced = tuple((row["number"], parse_said(row)) for row in rows)
    numbers = {number for number, _ in announced}
    return sorted(numbers if incident.pull is None else numbers | {incident.pull}), announced


def load_actions(
    connection: Connection, repo_id: int, numbers: Collection[int], since: datetime | None = None
) -> tuple[AuditEntry, ...]:
    """What people told us on these pulls."""
    own = and_(actions.c.repo_id == repo_id, actions.c.number.in_(sorted(numbers)))
    if since is not None:
        own = and_(own, actions.c.said_at >= since)
    order = (actions.c.acted_at, actions.c.comment_id, actions.c.position)
    newest = select(actions).where(own).order_by(*(c.desc() for c in order)).limit(_MOST)
    rows = connection.execute(newest).mappings().all()[::-1]
    return tuple(parse_audit_entry(row) for row in rows)


def load_requests(
    connection: Connection, wanted: ColumnElement[bool], times: DbClock
) -> tuple[RequestRecord, ...]:
    """Builds that were asked for."""
    columns = find_ours(requests, SHARED, times)
    newest = select(*columns).where(wanted).order_by(requests.c.asked_at.desc()).limit(_MOST)
    rows = connection.execute(newest).mappings().all()[::-1]
    return tuple(parse_request(row) for row in rows)


def load_feedback(connection: Connection, repo_id: int, incident_id: str) -> tuple[Feedback, ...]:
    """What later words say of our verdict."""
    own = and_(labels.c.repo_id == repo_id, labels.c.incident_id == incident_id)
    found = select(labels).where(own).order_by(labels.c.said_at).limit(_MOST)
    return tuple(parse_feedback(row) for row in connection.execute(found).mappings())


def load_pull_commits(
    connection: Connection, repo_id: int, number: int
) -> tuple[tuple[str, Commit], ...]:
    """The commits that a pull put on lines as they are now, by branch."""
    own = and_(commits.c.repo_id == repo_id, commits.c.pull == number)
    now = and_(
        branches.c.repo_id == commits.c.repo_id,
        branches.c.branch == commits.c.branch,
        branches.c.epoch == commits.c.epoch,
    )
    paths = and_(files.c.repo_id == commits.c.repo_id, files.c.sha == commits.c.sha)
    found = (
        select(commits, files.c.paths)
        .join(branches, now)
        .outerjoin(files, paths)
        .where(own)
        .order_by(commits.c.branch, commits.c.position)
        .limit(_MOST)
    )
    rows = connection.execute(found).mappings()
    return tuple((row["branch"], parse_commit(row)) for row in rows)


def load_incidents_of(
    connection: Connection, repo_id: int, number: int, told: Collection[str]
) -> tuple[Incident, ...]:
    """Those that accuse a pull now, and those that its comment tells of."""
    concerned = or_(incidents.c.pull == number, incidents.c.id.in_(sorted(told)))
    own = and_(incidents.c.repo_id == repo_id, concerned)
    newest = select(incidents.c.document).where(own).order_by(incidents.c.opened_at.desc())
    return tuple(parse_incident_document(d) for d in connection.scalars(newest.limit(_MOST)))
