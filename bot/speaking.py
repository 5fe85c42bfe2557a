"""Make what stands on a pull what should stand there: post once, edit after, never twice.

In: the text that is wanted, and what we know of the comment that stands. Out: the same, true.

A lost answer or a stalled worker could make a post happen twice. So an intent is stored, fenced
by the lease, before a post; whoever finds an open intent looks for the comment on GitHub, and
posts only when a settle time has passed in which a stale list would have shown it.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.comment import make_marker
from bot.core.errors import Refused
from bot.core.model import Comment, IncidentState, Repository, Said, Speech
from bot.core.policy import Decision
from bot.ports import Clock, GitHub, Incidents, Lease

log = logging.getLogger(__name__)

# GitHub's lists may be stale for some seconds after a write; a minute is far beyond what was seen.
SETTLE = timedelta(seconds=60)

_GONE = (404, 410)


class Speaker:
    """Writes the living comment of a pull; called under the pull's lease only."""

    def __init__(self, github: GitHub, incidents: Incidents, clock: Clock) -> None:
        self._github = github
        self._incidents = incidents
        self._clock = clock

    async def prepare(
        self, speech: Speech, decision: Decision, wanted: str | None, *, post_comments: bool
    ) -> Speech:
        """Store what should stand, or why nothing should.

        Where a comment stands, a dry run adds nothing to what was said.
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
        prepared = replace(
            speech,
            wanted=wanted if wanted is not None else speech.standing,
            why_silent=decision.silence,
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
        return await self._github.fetch_comment(repository, speech.comment_id) is not None

    async def make_stand(
        self, repository: Repository, speech: Speech, decision: Decision, lease: Lease
    ) -> datetime | None:
        """Post or edit; a lasting no from GitHub becomes the reason for silence."""
        try:
            if speech.comment_id is None:
                return await self._post(repository, speech, decision, lease)
            await self._edit(repository, speech, speech.comment_id)
        except Refused as refused:
            log.warning("comment refused", extra={"key": str(lease.key), "reason": refused.reason})
            await self._incidents.save_speech(
                replace(speech, why_silent=refused.reason, intent_at=None)
            )
        return None

    async def _post(
        self, repository: Repository, speech: Speech, decision: Decision, lease: Lease
    ) -> datetime | None:
        """Adopt our comment where it stands already, else post it, under an intent."""
        pull = await self._github.fetch_pull(repository, speech.number)
        if pull.locked:
            raise Refused("the pull is locked")
        marker = make_marker(speech.number, speech.thread)
        found = await self._github.find_comments(repository, speech.number, marker)
        if found:
            await self._adopt(repository, speech, found)
            return None
        now = self._clock.now()
        if speech.intent_at is not None and now < speech.intent_at + SETTLE:
            return speech.intent_at + SETTLE
        if all(intent.state is not IncidentState.OPEN for intent in decision.intents):
            await self._give_up(speech)
            return None
        intent = replace(speech, intent_at=now)
        if not await self._incidents.save_intent(intent, lease):
            log.warning("lease lost before a post", extra={"key": str(lease.key)})
            return None
        comment = await self._github.post_comment(repository, speech.number, speech.wanted or "")
        await self._record(intent, comment, standing=speech.wanted, posted_at=now)
        log.info("comment posted", extra={"key": str(lease.key), "comment": comment.comment_id})
        return None

    async def _give_up(self, speech: Speech) -> None:
        """A post that never landed, and by now is over: nobody heard of it, nobody has to."""
        reason = "It was over before anything was said."
        silent = replace(speech, wanted=None, intent_at=None, said=(), why_silent=reason)
        await self._incidents.save_speech(silent)

    async def _adopt(
        self, repository: Repository, speech: Speech, found: tuple[Comment, ...]
    ) -> None:
        """The oldest of ours is the one; its twins go."""
        first, *twins = found
        for twin in twins:
            await self._github.delete_comment(repository, twin.comment_id)
        posted_at = speech.intent_at or self._clock.now()
        adopted = await self._record(speech, first, standing=first.body, posted_at=posted_at)
        await self._edit(repository, adopted, first.comment_id)

    async def _edit(self, repository: Repository, speech: Speech, comment_id: int) -> None:
        """Edit in place; an edit that changes nothing is not made."""
        if speech.standing == speech.wanted or speech.wanted is None:
            return
        try:
            comment = await self._github.edit_comment(repository, comment_id, speech.wanted)
        except Refused as refused:
            if refused.status in _GONE:
                raise Refused("our comment was deleted: nothing more is said here") from refused
            raise
        await self._record(speech, comment, standing=speech.wanted, posted_at=speech.posted_at)

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
        )
        await self._incidents.save_speech(stands)
        return stands
