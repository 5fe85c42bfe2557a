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
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.answering import Answering
from bot.commits import CommitLines
from bot.core.builds import find_gaps, find_logs_to_read, find_steps, make_sightings
from bot.core.errors import Refused
from bot.core.model import (
    Build,
    BuildFacts,
    Key,
    KeyKind,
    Log,
    Reading,
    Repository,
    branch_key,
    parse_branch_name,
    parse_build_name,
)
from bot.core.results import is_evidence, is_red
from bot.core.telling import describe_build, describe_incident
from bot.folding import Folding
from bot.logs import merge_readings
from bot.options import Options
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
from bot.pulls import Pulls
from bot.repositories import Repositories
from bot.resting import Rests
from bot.sweeps import Chore, Sweeps, load_now

log = logging.getLogger(__name__)

# A build that still runs when we look is looked at again; its finish is usually pushed before.
_RUNNING_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a build's logs."""

    parts: tuple[tuple[Log, Reading], ...] = ()
    notes: tuple[str, ...] = ()  # why some could not be read
    steps: tuple[str, ...] | None = None  # those that ran and did not fail; None: not known

    @property
    def named(self) -> tuple[tuple[str, Reading], ...]:
        """The readings by "step/log"."""
        return tuple((_name(log), reading) for log, reading in self.parts)


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
        self._repositories = Repositories(github, facts, clock)
        self._lines = CommitLines(github, facts, clock)
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
        self._rests = Rests(clock)
        self._pulls = self._make_pulls(hearings)
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
            make_report=self._pulls.tell,
        )

    def _make_pulls(self, quiet: Hearings) -> Pulls:
        return Pulls(
            buildbot=self._buildbot,
            github=self._github,
            facts=self._facts,
            incidents=self._incidents,
            quiet=quiet,
            clock=self._clock,
            sweeps=self._sweeps,
            options=self._options,
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
        if await self._facts.is_read(self._buildbot.source, buildid):
            return None  # a finished build does not change
        build = await self._buildbot.fetch_build(buildid)
        if build.complete_at is None:
            return self._clock.now() + _RUNNING_AGAIN
        builder = await self._buildbot.fetch_builder(build.builderid)
        read = await self._read_logs(build)
        repository, where = await self._find_repository(build)
        if build.branch is None and repository is not None:
            build = replace(build, branch=repository.default_branch)
        facts = BuildFacts(
            build=build,
            builder=builder,
            stable=self._options.is_stable(builder),
            repo_id=repository.repo_id if repository else None,
            reading=merge_readings(read.named) if read.parts else None,
            sightings=make_sightings(build, read.parts),
            url=self._buildbot.build_url(build),
            note="; ".join([*read.notes, *where, *find_gaps(build)]),
            sources=tuple(name for name, _ in read.named),
            steps=read.steps,
        )
        await self._facts.save_build(facts, _wake_branch(facts))
        log.info("build read", extra=describe_build(lease.key, facts))
        return None

    async def _read_logs(self, build: Build) -> _Read:
        """What the logs say that are worth reading."""
        if not is_evidence(build.result):
            return _Read()
        parts: list[tuple[Log, Reading]] = []
        notes: list[str] = []
        red = is_red(build.result)
        logs = await self._buildbot.fetch_logs(build.buildid, failed_only=red)
        for source, last in find_logs_to_read(build, logs):
            try:
                chunks = self._buildbot.stream_log(source, last)
                parts.append((source, await self._reader.read(chunks, step=source.step)))
            except Refused as refused:
                notes.append(f"{_name(source)}: {refused.reason}")
        return _Read(tuple(parts), tuple(notes), None if red else find_steps(logs))

    async def _find_repository(self, build: Build) -> tuple[Repository | None, tuple[str, ...]]:
        """Where the build's commits live, or a named reason why we do not know."""
        name = build.repository or self._options.repository
        if name is None:
            return None, ("no repository: the sourcestamp names none, and REPOSITORY is not set",)
        try:
            return await self._repositories.fetch(name), ()
        except Refused as refused:
            return None, (refused.reason,)

    # ------------------------------------------------------------ branch

    async def reconcile_branch(self, lease: Lease) -> datetime | None:
        """Fold what is new into the branch's incidents, and wake the pulls whose text changes."""
        repo_id, branch = parse_branch_name(lease.key.name)
        repository = await self._facts.load_repository(repo_id)
        if repository is None:
            return None  # no build of it was ever seen: there is nothing to fold
        async with self._rests.rested((repo_id, branch)):
            folded = await self._folding.fold(repository, branch, await load_now(self._facts))
            changes = await self._folding.save(repository, branch, folded)
        for incident in changes.changed:
            log.info("incident", extra=describe_incident(lease.key, incident))
        return folded.again_at

    # ------------------------------------------------------------ pull

    async def reconcile_pull(self, lease: Lease) -> datetime | None:
        """Make what stands on the pull what should stand there."""
        return await self._pulls.reconcile(lease)

    # ------------------------------------------------------------ sweep

    async def reconcile_sweep(self, lease: Lease) -> datetime | None:
        """Run one timer's catching up."""
        await self._sweeps.run(lease.key.name, post_comments=self._options.post_comments)
        return None


def _name(source: Log) -> str:
    return f"{source.step}/{source.name}"


def _wake_branch(facts: BuildFacts) -> list[Key]:
    if facts.repo_id is None or facts.build.branch is None:
        return []
    return [branch_key(facts.repo_id, facts.build.branch)]
