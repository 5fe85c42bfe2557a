"""The road: one reconcile method per kind of key, read top to bottom.

A key says only where to look. Each method reads the truth, works out what should be there, and
makes it so; doing it twice changes nothing. It returns when to look again, or None.

    build   fetch the build, read its logs, save the facts, wake its branch
    branch  place the builds on the branch's commits, fold them into incidents, wake the pulls
    pull    decide what should stand on the pull, render it, make it stand
    command act once on what a person wrote on a pull, and answer
    sweep   catch up on what no message told us
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.answering import Answering
from bot.commits import CommitLines
from bot.core.builds import find_gaps, find_logs_to_read, make_sightings
from bot.core.commands import PREFIX
from bot.core.comment import Report, render_comment
from bot.core.errors import Refused
from bot.core.exhibits import make_exhibits
from bot.core.model import (
    Build,
    Builder,
    BuildFacts,
    Incident,
    Key,
    KeyKind,
    Reading,
    Repository,
    Speech,
    branch_key,
    parse_branch_name,
    parse_build_name,
    parse_pull_name,
)
from bot.core.policy import PULL, Decision, Intent, Policy, decide
from bot.core.results import is_evidence
from bot.core.telling import describe_build, describe_decision, describe_incident
from bot.core.threads import begin_thread, begins_thread
from bot.folding import Folding
from bot.logs import merge_readings
from bot.ports import (
    Buildbot,
    Clock,
    Facts,
    GitHub,
    Hearings,
    Inbox,
    Incidents,
    Lease,
    LogReader,
    Reconcile,
)
from bot.scenes import Manners
from bot.speaking import Speaker
from bot.sweeps import Chore, Sweeps, load_now

log = logging.getLogger(__name__)

# A build that still runs when we look is looked at again; its finish is usually pushed before.
_RUNNING_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Options:
    """What of the settings the road needs."""

    repository: str | None = None  # where Buildbot's sourcestamps name none
    is_stable: Callable[[Builder], bool] = lambda builder: "stable" in builder.tags
    history_days: int = 14
    post_comments: bool = False
    public_url: str | None = None
    website: str = "https://github.com"  # where people see commits and pulls
    policy: Policy = field(default_factory=Policy)
    command_prefix: str = PREFIX
    commands_per_hour: int = 20

    @property
    def manners(self) -> Manners:
        """What of it matters for answering."""
        return Manners(
            post_comments=self.post_comments,
            prefix=self.command_prefix,
            per_hour=self.commands_per_hour,
            public_url=self.public_url,
            website=self.website,
        )


class Road:
    """Everything between an inbox key and a comment, with its neighbours put in."""

    def __init__(
        self,
        *,
        buildbot: Buildbot,
        github: GitHub,
        reader: LogReader,
        inbox: Inbox,
        facts: Facts,
        incidents: Incidents,
        hearings: Hearings,
        clock: Clock,
        options: Options,
        chores: Mapping[str, Chore] | None = None,
    ) -> None:
        self._buildbot = buildbot
        self._github = github
        self._reader = reader
        self._facts = facts
        self._incidents = incidents
        self._clock = clock
        self._options = options
        self._lines = CommitLines(github, facts, clock)
        self._speaker = Speaker(github, incidents, clock)
        self._sweeps = Sweeps(
            buildbot=buildbot,
            inbox=inbox,
            facts=facts,
            incidents=incidents,
            clock=clock,
            history=timedelta(days=options.history_days),
            chores=chores,
        )
        self._folding = Folding(
            facts=facts,
            incidents=incidents,
            lines=self._lines,
            is_stable=options.is_stable,
            policy=options.policy,
            rulings=hearings,
        )
        self._answering = self._make_answering(inbox, hearings)

    def _make_answering(self, inbox: Inbox, hearings: Hearings) -> Answering:
        return Answering(
            github=self._github,
            inbox=inbox,
            facts=self._facts,
            incidents=self._incidents,
            hearings=hearings,
            clock=self._clock,
            manners=self._options.manners,
            make_report=self._report,
        )

    @property
    def reconcilers(self) -> Mapping[KeyKind, Reconcile]:
        """The table that the worker drives."""
        return {
            KeyKind.BUILD: self.reconcile_build,
            KeyKind.BRANCH: self.reconcile_branch,
            KeyKind.PULL: self.reconcile_pull,
            KeyKind.COMMAND: self._answering.reconcile_command,
            KeyKind.SWEEP: self.reconcile_sweep,
        }

    # ------------------------------------------------------------ build

    async def reconcile_build(self, lease: Lease) -> datetime | None:
        """Read one build and save what it says."""
        _, buildid = parse_build_name(lease.key.name)
        if await self._is_read(buildid):
            return None
        build = await self._buildbot.fetch_build(buildid)
        if build.complete_at is None:
            return self._clock.now() + _RUNNING_AGAIN
        builder = await self._buildbot.fetch_builder(build.builderid)
        reading, sources, notes = await self._read_logs(build)
        repository, where = await self._find_repository(build)
        if build.branch is None and repository is not None:
            build = replace(build, branch=repository.default_branch)
        facts = BuildFacts(
            build=build,
            builder=builder,
            stable=self._options.is_stable(builder),
            repo_id=repository.repo_id if repository else None,
            reading=reading,
            sightings=make_sightings(build, reading),
            url=self._buildbot.build_url(build),
            note="; ".join([*notes, *where, *find_gaps(build)]),
            sources=sources,
        )
        await self._facts.save_build(facts, _wake_branch(facts))
        log.info("build read", extra=describe_build(lease.key, facts))
        return None

    async def _is_read(self, buildid: int) -> bool:
        """A finished build does not change: one that was read without a gap is left alone."""
        known = await self._facts.load_builds(self._buildbot.source, [buildid])
        return any(facts.repo_id is not None and not facts.note for facts in known)

    async def _read_logs(
        self, build: Build
    ) -> tuple[Reading | None, tuple[str, ...], tuple[str, ...]]:
        """What the logs say, their names, and the reasons for those that could not be read."""
        if not is_evidence(build.result):
            return None, (), ()
        parts: list[tuple[str, Reading]] = []
        notes: list[str] = []
        logs = await self._buildbot.fetch_logs(build.buildid)
        for source, last in find_logs_to_read(build, logs):
            name = f"{source.step}/{source.name}"
            try:
                chunks = self._buildbot.stream_log(source, last)
                parts.append((name, await self._reader.read(chunks, step=source.step)))
            except Refused as refused:
                notes.append(f"{name}: {refused.reason}")
        reading = merge_readings(parts) if parts else None
        return reading, tuple(name for name, _ in parts), tuple(notes)

    async def _find_repository(self, build: Build) -> tuple[Repository | None, tuple[str, ...]]:
        """Where the build's commits live, or a named reason why we do not know."""
        name = build.repository or self._options.repository
        if name is None:
            return None, ("no repository: the sourcestamp names none, and REPOSITORY is not set",)
        try:
            return await self._lines.find_repository(name), ()
        except Refused as refused:
            return None, (refused.reason,)

    # ------------------------------------------------------------ branch

    async def reconcile_branch(self, lease: Lease) -> datetime | None:
        """Fold what is new into the branch's incidents, and wake the pulls whose text changes."""
        repo_id, branch = parse_branch_name(lease.key.name)
        repository = await self._facts.load_repository(repo_id)
        if repository is None:
            return None  # no build of it was ever seen: there is nothing to fold
        folded = await self._folding.fold(repository, branch, await load_now(self._facts))
        changes = await self._folding.save(repository, branch, folded.after)
        for incident in changes.changed:
            log.info("incident", extra=describe_incident(lease.key, incident))
        return folded.again_at

    # ------------------------------------------------------------ pull

    async def reconcile_pull(self, lease: Lease) -> datetime | None:
        """Make what stands on the pull what should stand there."""
        repo_id, number = parse_pull_name(lease.key.name)
        repository = await self._facts.load_repository(repo_id)
        spoken_since = await self._sweeps.load_spoken_since(self._options.post_comments)
        if repository is None:
            return None
        if spoken_since is None:
            return self._clock.now() + timedelta(seconds=5)  # the first sweep is not done yet
        speech = await self._incidents.load_speech(repo_id, number) or Speech(repo_id, number)
        if self._options.post_comments and speech.comment_id is None and speech.intent_at is None:
            speech = replace(speech, said=())  # what a dry run would have said, was not said
        incidents = await self._load_concerned(speech)
        decision = decide(number, incidents, speech.said, spoken_since, self._options.policy)
        if begins_thread(speech, decision) and await self._speaker.still_stands(repository, speech):
            speech, decision = begin_thread(speech, decision)
        wanted = await self._render(repository, speech, decision)
        speech = await self._speaker.prepare(
            speech, decision, wanted, post_comments=self._options.post_comments
        )
        log.info("pull decided", extra=describe_decision(lease.key, decision))
        if not self._options.post_comments or wanted is None:
            return None
        return await self._speaker.make_stand(repository, speech, decision, lease)

    async def _load_concerned(self, speech: Speech) -> tuple[Incident, ...]:
        """The incidents that accuse this pull, and those that were said on it."""
        said = {s.incident_id for s in speech.said}
        return tuple(
            incident
            for incident in await self._incidents.load_incidents(speech.repo_id)
            if incident.pull == speech.number or incident.id in said
        )

    async def _render(
        self, repository: Repository, speech: Speech, decision: Decision
    ) -> str | None:
        if not decision.intents:
            return None
        reports = [await self._make_report(repository, intent) for intent in decision.intents]
        return render_comment(
            repository.full_name,
            speech.number,
            speech.thread,
            reports,
            dashboard_url=self._options.public_url,
            website=self._options.website,
            prefix=self._options.command_prefix,
        )

    async def _report(self, repository: Repository, incident: Incident) -> Report:
        """All there is to tell of an incident, whatever was decided to say."""
        intent = Intent(PULL, incident, incident.verdict, incident.state)
        return await self._make_report(repository, intent)

    async def _make_report(self, repository: Repository, intent: Intent) -> Report:
        incident = intent.incident
        line = await self._facts.load_line(repository.repo_id, incident.branch)
        ends = {r.last_good_build for r in incident.ranges if r.last_good_build is not None}
        first_reds = {r.first_bad_build for r in incident.ranges}
        builds = await self._facts.load_builds(
            self._buildbot.source, sorted(ends | first_reds | set(incident.red_builds[:50]))
        )
        shas = {s.sha for s in incident.suspects} | {b.build.revision for b in builds}
        return Report(
            incident=incident,
            verdict=intent.verdict,
            state=intent.state,
            exhibits=make_exhibits(incident, builds),
            commits=tuple(c for c in line.commits if c.sha in shas),
            builds=tuple(builds),
        )

    # ------------------------------------------------------------ sweep

    async def reconcile_sweep(self, lease: Lease) -> datetime | None:
        """Run one timer's catching up."""
        await self._sweeps.run(lease.key.name, post_comments=self._options.post_comments)
        return None


def _wake_branch(facts: BuildFacts) -> list[Key]:
    if facts.repo_id is None or facts.build.branch is None:
        return []
    return [branch_key(facts.repo_id, facts.build.branch)]
