"""The road: one reconcile method per kind of key, read top to bottom.

A key says only where to look. Each method reads the truth, works out what should be there, and
makes it so; doing it twice changes nothing. It returns when to look again, or None.

    build   fetch the build, read its logs, save the facts, wake its branch
    branch  place the builds on the branch's commits, fold them into incidents, wake the pulls
    pull    decide what should stand on the pull, render it, make it stand
    sweep   catch up on what no message told us
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.commits import CommitLines
from bot.core.blame import BranchState, advance, extend, new_state
from bot.core.comment import Exhibit, Report, render_comment
from bot.core.errors import Refused
from bot.core.incidents import carry_over, find_changed_pulls
from bot.core.model import (
    Build,
    BuildFacts,
    Incident,
    Key,
    KeyKind,
    Log,
    Reading,
    Repository,
    Speech,
    branch_key,
    parse_branch_name,
    parse_build_name,
    parse_pull_name,
    pull_key,
)
from bot.core.policy import Decision, Intent, Policy, decide
from bot.core.results import is_red
from bot.core.sightings import make_sightings
from bot.core.signature import make_signature
from bot.logs import merge_readings
from bot.ports import Buildbot, Clock, Facts, GitHub, Inbox, Incidents, Lease, LogReader
from bot.speaking import Speaker
from bot.sweeps import Sweeps

log = logging.getLogger(__name__)

# A build that still runs when we look is looked at again; its finish is usually pushed before.
_RUNNING_AGAIN = timedelta(minutes=5)

# Facts older than this are not folded again after a restart; no incident should live so long.
_HORIZON = timedelta(days=60)

# One red build a builder says enough in a comment; more builders than this add nothing.
_EXHIBITS = 6

Reconcile = Callable[[Lease], Awaitable[datetime | None]]


@dataclass(frozen=True, slots=True)
class Options:
    """What of the settings the road needs."""

    repository: str | None = None  # where Buildbot's sourcestamps name none
    stable_tag: str = "stable"
    history_days: int = 14
    post_comments: bool = False
    public_url: str | None = None
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class _Folded:
    """A branch's state, and the version of the facts that went into it."""

    version: int
    state: BranchState


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
        clock: Clock,
        options: Options,
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
        )
        # The state is a pure function of the facts: losing it costs a refold, nothing else.
        self._folded: dict[tuple[int, str], _Folded] = {}

    @property
    def reconcilers(self) -> Mapping[KeyKind, Reconcile]:
        """The table that the worker drives."""
        return {
            KeyKind.BUILD: self.reconcile_build,
            KeyKind.BRANCH: self.reconcile_branch,
            KeyKind.PULL: self.reconcile_pull,
            KeyKind.SWEEP: self.reconcile_sweep,
        }

    # ------------------------------------------------------------ build

    async def reconcile_build(self, lease: Lease) -> datetime | None:
        """Read one build and save what it says."""
        _, buildid = parse_build_name(lease.key.name)
        build = await self._buildbot.fetch_build(buildid)
        if build.complete_at is None:
            return self._clock.now() + _RUNNING_AGAIN
        builder = await self._buildbot.fetch_builder(build.builderid)
        reading, sources, notes = await self._read_logs(build)
        repository, where = await self._find_repository(build)
        facts = BuildFacts(
            build=build,
            builder=builder,
            stable=self._options.stable_tag in builder.tags,
            repo_id=repository.repo_id if repository else None,
            reading=reading,
            sightings=make_sightings(build, reading),
            url=self._buildbot.build_url(build),
            note="; ".join([*notes, *where]),
            sources=sources,
        )
        await self._facts.save_build(facts, _wake_branch(facts))
        log.info("build read", extra=_describe_build(lease.key, facts))
        return None

    async def _read_logs(
        self, build: Build
    ) -> tuple[Reading | None, tuple[str, ...], tuple[str, ...]]:
        """The logs of the steps that failed, with the reasons for those that could not be read."""
        if not is_red(build.result):
            return None, (), ()
        parts: list[tuple[str, Reading]] = []
        notes: list[str] = []
        for source in find_logs_to_read(await self._buildbot.fetch_logs(build.buildid)):
            name = f"{source.step}/{source.name}"
            try:
                chunks = self._buildbot.stream_log(source)
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
        state, again_at = await self._fold(repository, branch)
        before = await self._incidents.load_incidents(repo_id, branch)
        after = carry_over(before, state.incidents, self._clock.now() - _HORIZON)
        keys = [pull_key(repo_id, n) for n in find_changed_pulls(before, after)]
        if after != before:
            await self._incidents.save_incidents(repo_id, branch, after, keys)
        for incident in after:
            if incident not in before:
                log.info("incident", extra=_describe_incident(lease.key, incident))
        return again_at

    async def _fold(
        self, repository: Repository, branch: str
    ) -> tuple[BranchState, datetime | None]:
        """The branch's state with all facts in it, and when to look again for missing commits."""
        where = (repository.repo_id, branch)
        now = self._clock.now()
        folded = self._folded.get(where) or _Folded(0, new_state(branch))
        new = await self._facts.load_observations(*where, folded.version, now - _HORIZON)
        revisions = {o.revision for o in new.observations if o.revision}
        line, again_at = await self._lines.load(repository, branch, revisions)
        state = advance(extend(folded.state, line), new.observations, now, self._options.policy)
        came, ask_at = await self._lines.complete_suspects(repository, branch, state.incidents)
        if came:
            line = await self._facts.load_line(*where)
            state = advance(extend(state, line), (), now, self._options.policy)
        self._folded[where] = _Folded(new.version, state)
        return state, min((at for at in (again_at, ask_at) if at is not None), default=None)

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
        speech = _forget_dry_run(speech) if self._options.post_comments else speech
        incidents = await self._load_concerned(speech)
        decision = decide(number, incidents, speech.said, spoken_since, self._options.policy)
        wanted = await self._render(repository, speech, decision)
        speech = await self._speaker.prepare(speech, decision, wanted)
        log.info("pull decided", extra=_describe_decision(lease.key, decision))
        if not self._options.post_comments or wanted is None:
            return None
        return await self._speaker.make_stand(repository, speech, lease)

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
        )

    async def _make_report(self, repository: Repository, intent: Intent) -> Report:
        incident = intent.incident
        line = await self._facts.load_line(repository.repo_id, incident.branch)
        ends = {r.last_good_build for r in incident.ranges if r.last_good_build is not None}
        first_reds = {r.first_bad_build for r in incident.ranges}
        builds = await self._facts.load_builds(
            self._buildbot.source, sorted(ends | first_reds | set(incident.red_builds[:50]))
        )
        shas = {s.sha for s in incident.suspects}
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


# ---------------------------------------------------------------- pure parts of the road


def find_logs_to_read(logs: Sequence[Log]) -> tuple[Log, ...]:
    """The logs of the failed steps: what people look at first (`stdio`) comes first."""
    failed = [source for source in logs if is_red(source.step_result)]
    return tuple(sorted(failed, key=lambda s: (s.name != "stdio", s.step_number, s.logid)))


def make_exhibits(incident: Incident, builds: Sequence[BuildFacts]) -> tuple[Exhibit, ...]:
    """For each builder its first red build of the incident, with this incident's failures only."""
    wanted = frozenset(incident.signatures)
    red = frozenset(incident.red_builds)
    first: dict[str, BuildFacts] = {}
    for facts in builds:
        if facts.build.buildid in red:
            first.setdefault(facts.builder.name, facts)
    return tuple(
        Exhibit(
            build=facts.build,
            builder=facts.builder.name,
            url=facts.url,
            failures=tuple(
                failure
                for failure in (facts.reading.failures if facts.reading else ())
                if make_signature(incident.branch, failure) in wanted
            ),
            reproduce=facts.reading.reproduce if facts.reading else None,
            note=facts.note,
        )
        for facts in list(first.values())[:_EXHIBITS]
    )


def _wake_branch(facts: BuildFacts) -> list[Key]:
    if facts.repo_id is None or facts.build.branch is None:
        return []
    return [branch_key(facts.repo_id, facts.build.branch)]


def _forget_dry_run(speech: Speech) -> Speech:
    """What a dry run would have said, was not said."""
    if speech.comment_id is not None or speech.intent_at is not None:
        return speech
    return replace(speech, said=())


def _describe_build(key: Key, facts: BuildFacts) -> dict[str, object]:
    return {
        "key": str(key),
        "builder": facts.builder.name,
        "build": facts.build.number,
        "result": facts.build.result.name if facts.build.result is not None else None,
        "kind": facts.reading.kind.value if facts.reading else None,
        "failures": len(facts.sightings),
        "reason": facts.note or facts.build.state_string,
    }


def _describe_incident(key: Key, incident: Incident) -> dict[str, object]:
    return {
        "key": str(key),
        "incident": incident.id,
        "builder": ", ".join(incident.builders),
        "build": incident.first_red_build,
        "verdict": incident.verdict.value,
        "state": incident.state.value,
        "pull": incident.pull,
        "reason": incident.reason,
    }


def _describe_decision(key: Key, decision: Decision) -> dict[str, object]:
    spoken: Iterable[str] = (
        f"{i.incident.id} {i.verdict.value} {i.state.value}" for i in decision.intents
    )
    return {"key": str(key), "reason": decision.silence or "; ".join(spoken)}
