"""Incidents by a test, a place in the code or a builder that they have."""

from sqlalchemy import Connection, and_, select

from bot.core.model import Incident, Repository
from bot.store.engine.page_tables import incident_parts
from bot.store.engine.tables import incidents, repositories
from bot.store.json_documents import parse_incident_document
from bot.store.read_models.visible import REPOSITORY, Visible, is_visible, make_repository

_MOST = 50

_OWN = and_(
    incident_parts.c.repo_id == incidents.c.repo_id,
    incident_parts.c.branch == incidents.c.branch,
    incident_parts.c.id == incidents.c.id,
)
_FOUND = (
    select(*REPOSITORY, incidents.c.document)
    .select_from(incident_parts)
    .join(incidents, _OWN)
    .join(repositories, repositories.c.repo_id == incidents.c.repo_id)
    .order_by(incidents.c.opened_at.desc(), incidents.c.id.desc())
    .limit(_MOST)
)


def load_incidents_by_part(
    connection: Connection, kind: str, name: str, visible: Visible
) -> list[tuple[Repository, Incident]]:
    """The newest of them; `kind` is "site" or "builder"."""
    named = and_(incident_parts.c.kind == kind, incident_parts.c.name == name)
    rows = connection.execute(_FOUND.where(named, is_visible(incidents, visible)))
    return [(make_repository(row), parse_incident_document(row.document)) for row in rows]
