"""One incident, or one pull, whole: what is believed, on which builds, what was said and asked.

In: an id, or a repository's name and a number. Out: all that is stored of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection, and_, select

from bot.core.incidents.build_cells import find_cells
from bot.core.incidents.builder_roster import make_roster
from bot.core.model import Announcement, BuildRecord, BuildRef, Incident, PullComment, Repository
from bot.core.model.commands import AuditEntry, Feedback
from bot.core.model.decisions import Belief
from bot.core.model.request_records import RequestRecord
from bot.core.model.tracker import KnownIssue
from bot.core.ports import Clock
from bot.core.ports.details import IncidentDetail, PullDetail
from bot.core.render.builds_table import find_commits
from bot.core.render.comment import Report
from bot.core.render.failing_builds import find_failing_builds
from bot.store.builds import SqlBuilds
from bot.store.engine.database import Database, shielded
from bot.store.engine.request_tables import requests
from bot.store.engine.tables import incidents, repositories
from bot.store.engine.tracker_tables import tracked_incidents
from bot.store.incidents import select_pull_comments
from bot.store.json_documents import parse_incident_document
from bot.store.read_models.decision_pages import load_beliefs, load_comment_decisions
from bot.store.read_models.said_and_asked import (
    load_actions,
    load_feedback,
    load_incidents_of,
    load_pull_commits,
    load_requests,
    load_said,
)
from bot.store.read_models.visible import REPOSITORY, Visible, is_visible, make_repository
from bot.store.tracker import select_known_issues

# A page shows some of an incident's red builds, the first ones and the last.
_REDS = 20


@dataclass(frozen=True, slots=True)
class _Words:
    """What was said and asked about an incident."""

    beliefs: tuple[Belief, ...]
    said: tuple[tuple[int, Announcement], ...]
    comments: tuple[PullComment, ...]
    actions: tuple[AuditEntry, ...]
    requests: tuple[RequestRecord, ...]
    feedback: tuple[Feedback, ...]
    issue: KnownIssue | None


class IncidentDetails:
    """The part of `ports.DetailStore` that is about incidents and pulls."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._facts = SqlBuilds(database, clock)

    @shielded
    async def load_incident_detail(
        self, incident_id: str, visible: Visible = None
    ) -> IncidentDetail | None:
        """One incident."""
        found = (
            select(*REPOSITORY, incidents.c.document)
            .join(repositories, repositories.c.repo_id == incidents.c.repo_id)
            .where(incidents.c.id == incident_id, is_visible(incidents, visible))
            .limit(1)
        )
        times = self._database.times(self._clock.now())

        def load(connection: Connection) -> tuple[Repository, Incident, _Words] | None:
            row = connection.execute(found).one_or_none()
            if row is None:
                return None
            incident = parse_incident_document(row.document)
            repository = make_repository(row)
            numbers, announced = load_said(connection, repository.repo_id, incident)
            pulls = [(repository.repo_id, number) for number in numbers]
            words = _Words(
                beliefs=load_beliefs(connection, repository.repo_id, incident.id),
                said=announced,
                comments=tuple(select_pull_comments(connection, pulls, times)),
                actions=load_actions(connection, repository.repo_id, numbers, incident.opened_at),
                requests=load_requests(connection, requests.c.incident == incident.id, times),
                feedback=load_feedback(connection, repository.repo_id, incident.id),
                issue=_load_issue(connection, repository.repo_id, incident.id),
            )
            return repository, incident, words

        loaded = await self._database.read_at_once(load, single=False)
        if loaded is None:
            return None
        repository, incident, words = loaded
        return IncidentDetail(
            repository=repository,
            report=await self._load_report(repository, incident, words),
            beliefs=words.beliefs,
            said=words.said,
            comments=tuple(c for c in words.comments if incident.id in c.incidents),
            actions=words.actions,
            feedback=words.feedback,
        )

    async def _load_report(
        self, repository: Repository, incident: Incident, words: _Words
    ) -> Report:
        """As a comment would tell it; which builds run just now, nobody is asked."""
        roster = make_roster(await self._facts.load_builders())
        builds = await self._facts.load_builds(_find_builds(incident))
        shas = _find_shas(incident, builds)
        report = Report(
            incident=incident,
            verdict=incident.verdict,
            state=incident.state,
            failing_builds=find_failing_builds(incident, builds),
            commits=await self._facts.load_commits(repository.repo_id, incident.branch, shas),
            builds=builds,
            asked=words.requests,
            issue=words.issue,
        )
        names = [one.builder for one in incident.ranges]
        built = await self._facts.load_builds_at(
            repository.repo_id,
            incident.branch,
            find_commits(report),
            roster.find_old_names(names),
        )
        now = [
            b if b.observation is None else replace(b, builder=roster.find_name(b.observation))
            for b in built
        ]
        shown = [b for b in now if b.builder in names]
        return replace(report, cells=find_cells(incident, shown, builds))

    @shielded
    async def load_pull_detail(
        self, full_name: str, number: int, visible: Visible = None
    ) -> PullDetail | None:
        """One pull of the repository of this name."""
        repository = await self._facts.find_repository(full_name)
        if repository is None or (visible is not None and repository.repo_id not in visible):
            return None
        repo_id = repository.repo_id
        times = self._database.times(self._clock.now())

        on_pull = and_(requests.c.repo_id == repo_id, requests.c.number == number)

        def load(connection: Connection) -> PullDetail:
            comments = select_pull_comments(connection, [(repo_id, number)], times)
            told = comments[0].incidents if comments else ()
            return PullDetail(
                repository=repository,
                number=number,
                comment=comments[0] if comments else None,
                commits=load_pull_commits(connection, repo_id, number),
                incidents=load_incidents_of(connection, repo_id, number, told),
                decisions=load_comment_decisions(connection, repo_id, number),
                actions=load_actions(connection, repo_id, [number]),
                requests=load_requests(connection, on_pull, times),
            )

        detail = await self._database.read_at_once(load, single=False)
        known = (detail.comment, detail.commits, detail.incidents, detail.actions, detail.requests)
        return detail if any(known) else None


def _load_issue(connection: Connection, repo_id: int, incident: str) -> KnownIssue | None:
    own = and_(tracked_incidents.c.repo_id == repo_id, tracked_incidents.c.incident_id == incident)
    return next((issue for *_, issue in select_known_issues(connection, own)), None)


def _find_builds(incident: Incident) -> set[BuildRef]:
    """The builds that can be shown: red ones, those at the ends of ranges, and who testified."""
    reds = incident.red_builds
    wanted = {*reds[:_REDS], *reds[-_REDS:], incident.first_red_build}
    wanted |= {t.build for s in incident.suspects for t in s.testimony}
    ends = {end for r in incident.ranges for end in (r.first_bad_build, r.last_good_build) if end}
    return wanted | ends


def _find_shas(incident: Incident, builds: Iterable[BuildRecord]) -> set[str]:
    ends = {sha for r in incident.ranges for sha in (r.range.last_good, r.range.first_bad) if sha}
    built = {b.build.revision for b in builds if b.build.revision}
    return {s.sha for s in incident.suspects} | built | ends
