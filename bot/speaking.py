"""Make what stands on a pull what should stand there: post once, edit after, never twice.

In: the text that is wanted, and what we know of the comment that stands. Out: the same, true.
"""

import logging
from dataclasses import replace
from datetime import datetime

from bot.core.comment import make_marker
from bot.core.errors import Refused
from bot.core.limits import Held, Limits, find_rank
from bot.core.model import Comment, IncidentState, Repository, Said, Speech
from bot.core.policy import Decision
from bot.ports import Clock, GitHub, Incidents, Lease
from bot.posting import Settling, fetch_own_comment

log = logging.getLogger(__name__)

_GONE = (404, 410)


class Speaker:
    """Writes the living comment of a pull; called under the pull's lease only."""

    def __init__(self, github: GitHub, incidents: Incidents, clock: Clock, limits: Limits) -> None:
        self._github = github
        self._incidents = incidents
        self._clock = clock
        self._limits = limits
        self._settling = Settling()

    async def prepare(
        self,
        speech: Speech,
        decision: Decision,
        wanted: str | None,
        *,
        look_at: datetime | None,
        post_comments: bool,
    ) -> Speech:
        """Store what should stand, or why nothing should.

        Where a comment stands, a dry run adds nothing to what was said. What a limit keeps back
        stays so until there is room.
        """
        now = self._clock.now()
        before = {(s.incident_id, s.verdict, s.state): s for s in speech.said}
        said = tuple(
            before.get(
                (i.incident.id, i.verdict.value, i.state.value),
                Said(i.incident.id, i.verdict.value, i.state.value, now),
            )
            for i in decision.intents
        )
        held = speech.held_rank is not None and wanted is not None and speech.comment_id is None
        prepared = replace(
            speech,
            wanted=wanted if wanted is not None else speech.standing,
            why_silent=speech.why_silent if held else decision.silence,
            held_rank=speech.held_rank if held else None,
            look_at=speech.look_at if held else look_at,
            incidents=tuple(i.incident.id for i in decision.intents),
            said=said if said and (post_comments or speech.comment_id is None) else speech.said,
        )
        if prepared != speech:
            await self._incidents.save_speech(prepared)
        return prepared

    async def still_stands(self, repository: Repository, speech: Speech) -> bool:
        """False when somebody deleted our comment: then nothing more is said on that pull."""
        if speech.comment_id is None:
            return False
        if await self._github.fetch_comment(repository, speech.comment_id) is not None:
            return True
        await self._fall_silent(speech)
        return False

    async def _fall_silent(self, speech: Speech) -> None:
        """Whoever deleted our comment does not want to read the next one."""
        reason = "Our comment was deleted: nothing more is said here until somebody asks."
        now = self._clock.now()
        silent = replace(speech, deleted_at=now, why_silent=reason, intent_at=None, look_at=None)
        await self._incidents.save_speech(silent)

    async def make_stand(
        self, repository: Repository, speech: Speech, decision: Decision, lease: Lease
    ) -> datetime | None:
        """Post or edit; a lasting no from GitHub becomes the reason for silence."""
        try:
            if speech.comment_id is None:
                stands, again_at = await self._post(repository, speech, decision, lease)
            else:
                stands, again_at = await self._edit(repository, speech, speech.comment_id), None
        except Refused as refused:
            log.warning("comment refused", extra={"key": str(lease.key), "reason": refused.reason})
            silent = replace(speech, why_silent=refused.reason, intent_at=None, held_rank=None)
            await self._incidents.save_speech(silent)
            return None
        if stands is not None:
            await self._fold(repository, stands, decision)
        return again_at

    # ------------------------------------------------------------ post

    async def _post(
        self, repository: Repository, speech: Speech, decision: Decision, lease: Lease
    ) -> tuple[Speech | None, datetime | None]:
        """Adopt our comment where it stands already, else post it, under an intent."""
        await self._check_pull(repository, speech)
        marker = make_marker(speech.number, speech.thread)
        own = await fetch_own_comment(self._github, repository, speech.number, marker)
        if own is not None:
            return await self._adopt(repository, speech, own), None
        now = self._clock.now()
        settling = self._settling.find_end((repository.repo_id, marker), speech.intent_at, now)
        if settling is not None:
            return None, settling
        if all(intent.state is not IncidentState.OPEN for intent in decision.intents):
            await self._give_up(speech)
            return None, None
        self._settling.begin((repository.repo_id, marker), now)
        intent = replace(speech, intent_at=now, held_rank=None, why_silent=None)
        ranked = replace(intent, held_rank=find_rank(decision.intents))
        permit = await self._incidents.save_intent(ranked, lease, self._limits)
        if permit.held is not None:
            await self._hold(speech, ranked, permit.held)
        elif not permit.granted:
            log.warning("lease lost before a post", extra={"key": str(lease.key)})
        if not permit.granted:
            return None, None
        comment = await self._github.post_comment(repository, speech.number, speech.wanted or "")
        log.info("comment posted", extra={"key": str(lease.key), "comment": comment.comment_id})
        return await self._record(intent, comment, standing=speech.wanted, posted_at=now), None

    async def _check_pull(self, repository: Repository, speech: Speech) -> None:
        pull = await self._github.fetch_pull(repository, speech.number)
        if pull.repo_id != repository.repo_id:
            raise Refused(f"{repository.full_name} is the name of another repository now")
        if pull.locked:
            raise Refused("the pull is locked")

    async def _hold(self, speech: Speech, ranked: Speech, held: Held) -> None:
        """Wait for room; the sweep over speech looks again."""
        log.info("comment held back", extra={"key": f"{speech.number}", "reason": held.reason})
        waiting = replace(
            speech, why_silent=held.reason, held_rank=ranked.held_rank, look_at=held.until
        )
        await self._incidents.save_speech(waiting)

    async def _give_up(self, speech: Speech) -> None:
        """A post that never landed, and by now is over: nobody heard of it, nobody has to."""
        reason = "It was over before anything was said."
        silent = replace(speech, wanted=None, intent_at=None, said=(), why_silent=reason)
        await self._incidents.save_speech(silent)

    async def _adopt(self, repository: Repository, speech: Speech, own: Comment) -> Speech | None:
        """It was posted, and nobody recorded it."""
        posted_at = speech.intent_at or self._clock.now()
        adopted = await self._record(speech, own, standing=own.body, posted_at=posted_at)
        return await self._edit(repository, adopted, own.comment_id)

    # ------------------------------------------------------------ edit

    async def _edit(self, repository: Repository, speech: Speech, comment_id: int) -> Speech | None:
        """Edit in place; an edit that changes nothing is not made. None: it was deleted."""
        if speech.standing == speech.wanted or speech.wanted is None:
            return speech
        try:
            comment = await self._github.edit_comment(repository, comment_id, speech.wanted)
        except Refused as refused:
            if refused.status not in _GONE:
                raise
            await self._fall_silent(speech)
            return None
        return await self._record(
            speech, comment, standing=speech.wanted, posted_at=speech.posted_at
        )

    async def _record(
        self,
        speech: Speech,
        comment: Comment,
        *,
        standing: str | None,
        posted_at: datetime | None,
    ) -> Speech:
        """Remember what stands; as we sent it, for GitHub may tidy the white space."""
        stands = replace(
            speech,
            comment_id=comment.comment_id,
            standing=standing,
            posted_at=posted_at,
            intent_at=None,
            held_rank=None,
        )
        await self._incidents.save_speech(stands)
        return stands

    # ------------------------------------------------------------ fold

    async def _fold(self, repository: Repository, speech: Speech, decision: Decision) -> None:
        """Fold what is over and what was superseded; unfold what is red again.

        What was folded is remembered after it was done, so that a crash in between does it again.
        """
        for comment_id in speech.outdated:
            await self._show(repository, comment_id, "OUTDATED")
            left = tuple(other for other in speech.outdated if other != comment_id)
            speech = replace(speech, outdated=left)
            await self._incidents.save_speech(speech)
        wanted = "RESOLVED" if _is_resolved(decision) else None
        if speech.comment_id is None or speech.folded == wanted:
            return
        await self._show(repository, speech.comment_id, wanted)
        await self._incidents.save_speech(replace(speech, folded=wanted))

    async def _show(self, repository: Repository, comment_id: int, classifier: str | None) -> None:
        """Folded, or in full; where GitHub does not let us, it is left as it is."""
        try:
            comment = await self._github.fetch_comment(repository, comment_id)
            if comment is None:
                return
            if classifier is None:
                await self._github.unminimize_comment(repository, comment)
            else:
                await self._github.minimize_comment(repository, comment, classifier)
        except Refused as refused:
            log.warning(
                "comment not folded", extra={"comment": comment_id, "reason": refused.reason}
            )


def _is_resolved(decision: Decision) -> bool:
    """All is over, and nothing was taken back: a withdrawal stays in sight, as an answer."""
    over = (IncidentState.FIXED, IncidentState.CLOSED)
    return bool(decision.intents) and all(intent.state in over for intent in decision.intents)
