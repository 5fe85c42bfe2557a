"""One build: what Buildbot said, what its logs say, and the incidents that it has a part in.

In: a build's name. Out: all that is stored of it, as far as it is shown.
"""

from sqlalchemy import Connection, and_, or_, select

from bot.core.incidents.build_roles import find_build_role
from bot.core.model import BuildRecord, BuildRef, Commit, Incident, Repository
from bot.core.ports import Clock
from bot.core.ports.details import BuildDetail
from bot.store.builds import SqlBuilds
from bot.store.engine.database import Database, shielded
from bot.store.engine.page_tables import incident_parts
from bot.store.engine.tables import incidents
from bot.store.json_documents import parse_incident_document
from bot.store.read_models.visible import Visible

_MOST_SITES = 200  # of a build; what fails in more places has one cause
_MOST_INCIDENTS = 100


class BuildDetails:
    """The part of `ports.DetailStore` that is about single builds."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._facts = SqlBuilds(database, clock)

    @shielded
    async def load_build_detail(self, ref: BuildRef, visible: Visible = None) -> BuildDetail | None:
        """One build."""
        records = await self._facts.load_builds([ref])
        record = records[0] if records else None
        if record is None or (visible is not None and record.repo_id not in visible):
            return None
        repository = await self._find_repository(record)
        found = await self._load_incidents(record) if repository else []
        parts = ((incident, find_build_role(incident, record)) for incident in found)
        return BuildDetail(
            record=record,
            repository=repository,
            commit=await self._find_commit(record),
            incidents=tuple((incident, role) for incident, role in parts if role is not None),
        )

    async def _find_repository(self, record: BuildRecord) -> Repository | None:
        if record.repo_id is None:
            return None
        return await self._facts.load_repository(record.repo_id)

    async def _find_commit(self, record: BuildRecord) -> Commit | None:
        repo_id, branch, sha = record.repo_id, record.build.branch, record.build.revision
        if repo_id is None or branch is None or sha is None:
            return None
        found = await self._facts.load_commits(repo_id, branch, [sha])
        return next((commit for commit in found if commit.sha == sha), None)

    async def _load_incidents(self, record: BuildRecord) -> list[Incident]:
        """Incidents of its branch that have its builder, or fail where it failed, by age.

        Those that were over before it ended have no part in it.
        """
        ended = record.build.complete_at
        if ended is None:
            return []
        sites = sorted({s.signature.site for s in record.sightings})[:_MOST_SITES]
        named = or_(
            and_(incident_parts.c.kind == "builder", incident_parts.c.name == record.builder.name),
            and_(incident_parts.c.kind == "site", incident_parts.c.name.in_(sites)),
        )
        place = (record.repo_id, record.build.branch)
        parts = select(incident_parts.c.id).where(
            named, incident_parts.c.repo_id == place[0], incident_parts.c.branch == place[1]
        )
        found = (
            select(incidents.c.document)
            .where(incidents.c.repo_id == place[0], incidents.c.branch == place[1])
            .where(incidents.c.id.in_(parts))
            .where(or_(incidents.c.closed_at.is_(None), incidents.c.closed_at >= ended))
            .order_by(incidents.c.opened_at, incidents.c.id)
            .limit(_MOST_INCIDENTS)
        )

        def load(connection: Connection) -> list[Incident]:
            return [parse_incident_document(document) for document in connection.scalars(found)]

        return await self._database.read_at_once(load, single=True)
