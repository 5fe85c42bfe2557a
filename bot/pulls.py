"""One pull: what should stand on it, and why perhaps nothing should.

In: the key of a pull. Out: its comment, posted, edited or left; or the named reason for silence.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.comment import Report, render_comment
from bot.core.errors import Refused
from bot.core.exhibits import make_exhibits
from bot.core.model import Incident, Pull, Repository, Speech, parse_pull_name
from bot.core.policy import PULL, Decision, Intent, decide, find_fresh, find_revert_time, hush
from bot.core.telling import describe_decision
from bot.core.threads import begin_thread, begins_thread
from bot.options import Options
from bot.ports import Buildbot, Clock, Facts, GitHub, Incidents, Lease, Quiet
from bot.speaking import Speaker
from bot.sweeps import Sweeps, load_now

log = logging.getLogger(__name__)

# A comment shows some of an incident's red builds; its page has all.
_REDS_LOADED = 50


class Pulls:
    """Reconciles the keys of pulls."""

    def __init__(
        self,
        *,
        buildbot: Buildbot,
        github: GitHub,
        facts: Facts,
        incidents: Incidents,
        quiet: Quiet | None,
        clock: Clock,
        sweeps: Sweeps,
        options: Options,
    ) -> None:
        self._buildbot = buildbot
        self._github = github
        self._facts = facts
        self._incidents = incidents
        self._quiet = quiet
        self._clock = clock
        self._sweeps = sweeps
        self._options = options
        self._speaker = Speaker(github, incidents, clock, options.limits)

    async def reconcile(self, lease: Lease) -> datetime | None:
        """Make what stands on the pull what should stand there."""
        repo_id, number = parse_pull_name(lease.key.name)
        repository = await self._facts.load_repository(repo_id)
        spoken_since = await self._sweeps.load_spoken_since(self._options.post_comments)
        if repository is None:
            return None
        if spoken_since is None:
            return self._clock.now() + timedelta(seconds=5)  # the first sweep is not done yet
        speech = await self._incidents.load_speech(repo_id, number) or Speech(repo_id, number)
        if speech.deleted_at is not None:
            return None
        if self._options.post_comments and speech.comment_id is None and speech.intent_at is None:
            speech = replace(speech, said=())  # what a dry run would have said, was not said
        decision = await self._decide(repository, speech, spoken_since)
        if begins_thread(speech, decision, self._options.limits.per_pull):
            if not await self._speaker.still_stands(repository, speech):
                return None  # nothing more is said where somebody deleted our comment
            speech, decision = begin_thread(speech, decision)
        wanted = await self._render(repository, speech, decision)
        speech = await self._speaker.prepare(
            speech,
            decision,
            wanted,
            look_at=await self._find_next_look(decision),
            post_comments=self._options.post_comments,
        )
        log.info("pull decided", extra=describe_decision(lease.key, decision))
        if not self._options.post_comments or wanted is None:
            return None
        if speech.wanted != speech.standing:
            repository = await self._follow(repository, number)
        return await self._speaker.make_stand(repository, speech, decision, lease)

    # ------------------------------------------------------------ decide

    async def _decide(
        self, repository: Repository, speech: Speech, spoken_since: datetime
    ) -> Decision:
        """What should be said; only of what is new is it asked whether anybody minds."""
        said = {s.incident_id for s in speech.said}
        incidents = await self._incidents.load_incidents_of_pull(
            speech.repo_id, speech.number, said
        )
        policy = self._options.policy
        decision = decide(speech.number, incidents, speech.said, spoken_since, policy)
        fresh = find_fresh(decision, speech.said)
        if not fresh:
            return decision
        return hush(decision, await self._find_hushed(repository, speech, fresh))

    async def _find_hushed(
        self, repository: Repository, speech: Speech, fresh: tuple[Incident, ...]
    ) -> dict[str, str]:
        """Those that must not be told of, by id, with the reason."""
        reason = await self._find_wish(repository, speech)
        if reason is not None:
            return {incident.id: reason for incident in fresh}
        return await self._find_stale(fresh)

    async def _find_wish(self, repository: Repository, speech: Speech) -> str | None:
        """Why people do not want to hear of anything new here."""
        if self._quiet is not None:
            reason = await self._quiet.load_quiet(speech.repo_id, speech.number)
            if reason is not None:
                return reason
        if not self._options.opt_out_labels:
            return None
        pull = await self._find_pull(repository, speech.number)
        for label in pull.labels if pull else ():
            if label.lower() in self._options.opt_out_labels:
                return f"The label {label} asks for silence."
        return None

    async def _find_stale(self, fresh: tuple[Incident, ...]) -> dict[str, str]:
        """What nobody saw fail for long, by Buildbot's own clock: we were away, and it is old."""
        if self._options.backlog is None:
            return {}
        latest = await self._buildbot.fetch_latest()
        if latest is None or latest.complete_at is None:
            return {}
        oldest = latest.complete_at - self._options.backlog
        newest = {i.red_builds[-1]: i.id for i in fresh if i.red_builds}
        builds = await self._facts.load_builds(self._buildbot.source, sorted(newest))
        hours = int(self._options.backlog.total_seconds() // 3600)
        reason = f"It last failed over {hours} hours before we could tell: too old for a comment."
        return {
            newest[facts.build.buildid]: reason
            for facts in builds
            if facts.build.complete_at is not None and facts.build.complete_at < oldest
        }

    async def _find_next_look(self, decision: Decision) -> datetime | None:
        """When a revert becomes worth a word, by our clock; None: no such time is ahead."""
        now = await load_now(self._facts)
        times = (find_revert_time(i, self._options.policy) for i in decision.intents)
        ahead = [at - now for at in times if at is not None and at > now]
        return self._clock.now() + min(ahead) if ahead else None

    # ------------------------------------------------------------ where it stands

    async def _find_pull(self, repository: Repository, number: int) -> Pull | None:
        """The pull; None where GitHub does not show it: whoever writes there hears why."""
        try:
            return await self._github.fetch_pull(repository, number)
        except Refused:
            return None

    async def _follow(self, repository: Repository, number: int) -> Repository:
        """The repository by its number: after a rename, its old name may be another's."""
        pull = await self._find_pull(repository, number)
        if pull is None or pull.repo_id == repository.repo_id:
            return repository
        moved = await self._github.follow_repository(repository)
        await self._facts.save_repository(moved)
        return moved

    # ------------------------------------------------------------ render

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

    async def tell(self, repository: Repository, incident: Incident) -> Report:
        """All there is to tell of an incident, whatever was decided to say."""
        intent = Intent(PULL, incident, incident.verdict, incident.state)
        return await self._make_report(repository, intent)

    async def _make_report(self, repository: Repository, intent: Intent) -> Report:
        incident = intent.incident
        wanted = set(incident.red_builds[:_REDS_LOADED])
        wanted |= {t.buildid for s in incident.suspects for t in s.testimony}
        for one in incident.ranges:
            wanted |= {one.first_bad_build, one.last_good_build or one.first_bad_build}
        builds = await self._facts.load_builds(self._buildbot.source, sorted(wanted))
        shas = {s.sha for s in incident.suspects}
        shas |= {b.build.revision for b in builds if b.build.revision}
        revert_at = find_revert_time(intent, self._options.policy)
        return Report(
            incident=incident,
            verdict=intent.verdict,
            state=intent.state,
            exhibits=make_exhibits(incident, builds),
            commits=await self._facts.load_commits(repository.repo_id, incident.branch, shas),
            builds=builds,
            revert=revert_at is not None and revert_at <= await load_now(self._facts),
        )
