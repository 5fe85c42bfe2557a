"""Make what stands on a pull what should stand there: post once, edit after, never twice.

In: the text that is wanted, and what we know of the comment that stands. Out: the same, true.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.errors import Refused, Unavailable
from bot.core.model import Comment, IncidentState, PullComment, Repository
from bot.core.policy.comment_limits import CommentLimits, PostHold, find_priority
from bot.core.policy.decide import Intent
from bot.core.ports import Clock, GitHub, Incidents, Lease
from bot.core.render.comment import make_marker
from bot.reconcile.fetched_pull import FetchedPull
from bot.reconcile.pending_posts import PendingPosts, fetch_own_comment

log = logging.getLogger(__name__)

_GONE = (404, 410)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, as it is stored."""

    comment: PullComment
    stands: bool = True  # or nothing does, for now or for good
    again_at: datetime | None = None  # when to look again
    unfinished: Unavailable | None = None  # why the rest could not be done


# What is only in the way of readers, and refused for a right that somebody may give.
_FOLD_AGAIN = timedelta(hours=1)


class CommentWriter:
    """Writes the living comment of a pull; called under the pull's lease only."""

    def __init__(
        self, github: GitHub, incidents: Incidents, clock: Clock, limits: CommentLimits
    ) -> None:
        self._github = github
        self._incidents = incidents
        self._clock = clock
        self._limits = limits
        self._pending_posts = PendingPosts()

    async def still_exists(self, repository: Repository, comment: PullComment) -> bool:
        """False when somebody deleted our comment: then nothing more is said on that pull."""
        if comment.comment_id is None:
            return False
        if await self._github.fetch_comment(repository, comment.comment_id) is not None:
            return True
        await self._mark_deleted(comment)
        return False

    async def _mark_deleted(self, comment: PullComment) -> PullComment:
        """Whoever deleted our comment does not want to read the next one."""
        reason = "Our comment was deleted: nothing more is said here until somebody asks."
        now = self._clock.now()
        silent = replace(comment, deleted_at=now, why_silent=reason, intent_at=None, look_at=None)
        return await self._save(silent)

    async def write(
        self,
        fetched: FetchedPull,
        comment: PullComment,
        intents: Sequence[Intent],
        lease: Lease,
    ) -> Written:
        """Post or edit; a no from GitHub is remembered with its reason, and sweeps ask again."""
        try:
            if comment.comment_id is None:
                written = await self._post(fetched, comment, intents, lease)
            else:
                written = await self._edit(fetched.repository, comment, comment.comment_id)
        except Refused as refused:
            log.warning("comment refused", extra={"key": str(lease.key), "reason": refused.reason})
            silent = replace(comment, why_silent=refused.reason, intent_at=None, held_rank=None)
            return Written(await self._save(silent))
        if not written.stands:
            return written
        try:
            return Written(await self._fold(fetched.repository, written.comment, intents))
        except Unavailable as away:  # what was posted counts
            return replace(written, unfinished=away)

    # ------------------------------------------------------------ post

    async def _post(
        self,
        fetched: FetchedPull,
        comment: PullComment,
        intents: Sequence[Intent],
        lease: Lease,
    ) -> Written:
        """Adopt our comment where it stands already, else post it, under an intent."""
        fetched.check()
        repository = fetched.repository
        marker = make_marker(comment.number, comment.thread)
        own = await fetch_own_comment(self._github, repository, comment.number, marker)
        if own is not None:
            return await self._adopt(repository, comment, own)
        now, name = self._clock.now(), (repository.repo_id, marker)
        settling = self._pending_posts.find_end(name, comment.intent_at, now)
        if settling is not None:
            return Written(comment, stands=False, again_at=settling)
        if all(intent.state is not IncidentState.OPEN for intent in intents):
            return Written(await self._give_up(comment), stands=False)
        self._pending_posts.begin(name, now)
        begun = replace(comment, intent_at=now, held_rank=None, why_silent=None)
        ranked = replace(begun, held_rank=find_priority(intents))
        permit = await self._incidents.save_intent(ranked, lease, self._limits)
        if permit.held is not None:
            return Written(await self._hold(comment, ranked, permit.held), stands=False)
        if not permit.granted:
            log.warning("lease lost before a post", extra={"key": str(lease.key)})
            return Written(comment, stands=False)
        posted = await self._github.post_comment(repository, comment.number, comment.wanted or "")
        log.info("comment posted", extra={"key": str(lease.key), "comment": posted.comment_id})
        return Written(await self._record(begun, posted, standing=comment.wanted, posted_at=now))

    async def _hold(self, comment: PullComment, ranked: PullComment, held: PostHold) -> PullComment:
        """Wait for room; the sweep over comments looks again."""
        log.info("comment held back", extra={"key": f"{comment.number}", "reason": held.reason})
        waiting = replace(
            comment, why_silent=held.reason, held_rank=ranked.held_rank, look_at=held.until
        )
        return await self._save(waiting)

    async def _give_up(self, comment: PullComment) -> PullComment:
        """A post that never landed, and by now is over: nobody heard of it, nobody has to."""
        reason = "It was over before anything was said."
        silent = replace(comment, wanted=None, intent_at=None, said=(), why_silent=reason)
        return await self._save(silent)

    async def _adopt(self, repository: Repository, comment: PullComment, own: Comment) -> Written:
        """It was posted, and nobody recorded it."""
        posted_at = comment.intent_at or self._clock.now()
        adopted = await self._record(comment, own, standing=own.body, posted_at=posted_at)
        return await self._edit(repository, adopted, own.comment_id)

    # ------------------------------------------------------------ edit

    async def _edit(self, repository: Repository, comment: PullComment, comment_id: int) -> Written:
        """Edit in place; an edit that changes nothing is not made."""
        if comment.standing == comment.wanted or comment.wanted is None:
            return Written(comment)
        try:
            edited = await self._github.edit_comment(repository, comment_id, comment.wanted)
        except Refused as refused:
            if refused.status not in _GONE:
                raise
            return Written(await self._mark_deleted(comment), stands=False)
        posted_at = comment.posted_at
        return Written(
            await self._record(comment, edited, standing=comment.wanted, posted_at=posted_at)
        )

    async def _record(
        self,
        comment: PullComment,
        posted: Comment,
        *,
        standing: str | None,
        posted_at: datetime | None,
    ) -> PullComment:
        """Remember what stands; as we sent it, for GitHub may tidy the white space."""
        stands = replace(
            comment,
            comment_id=posted.comment_id,
            standing=standing,
            posted_at=posted_at,
            intent_at=None,
            held_rank=None,
            why_silent=None,
        )
        return await self._save(stands)

    async def _save(self, comment: PullComment) -> PullComment:
        await self._incidents.save_pull_comment(comment)
        return comment

    # ------------------------------------------------------------ fold

    async def _fold(
        self, repository: Repository, comment: PullComment, intents: Sequence[Intent]
    ) -> PullComment:
        """Fold what is over and what was superseded; unfold what is red again.

        What was folded is remembered after it was done, so that a crash in between does it again.
        """
        for comment_id in comment.outdated:
            if not await self._show(repository, comment_id, "OUTDATED"):
                return await self._fold_later(comment)
            left = tuple(other for other in comment.outdated if other != comment_id)
            comment = await self._save(replace(comment, outdated=left))
        wanted = "RESOLVED" if _is_resolved(intents) else None
        if comment.comment_id is None or comment.folded == wanted:
            return comment
        if not await self._show(repository, comment.comment_id, wanted):
            return await self._fold_later(comment)
        return await self._save(replace(comment, folded=wanted))

    async def _fold_later(self, comment: PullComment) -> PullComment:
        again_at = self._clock.now() + _FOLD_AGAIN
        return await self._save(
            replace(comment, look_at=min(again_at, comment.look_at or again_at))
        )

    async def _show(self, repository: Repository, comment_id: int, classifier: str | None) -> bool:
        """Folded, or in full; False where GitHub does not let us."""
        try:
            found = await self._github.fetch_comment(repository, comment_id)
            if found is None:
                return True
            if classifier is None:
                await self._github.unminimize_comment(repository, found)
            else:
                await self._github.minimize_comment(repository, found, classifier)
        except Refused as refused:
            log.warning(
                "comment not folded", extra={"comment": comment_id, "reason": refused.reason}
            )
            return False
        return True


def _is_resolved(intents: Sequence[Intent]) -> bool:
    """All is over, and nothing was taken back: a withdrawal stays in sight, as an answer."""
    over = (IncidentState.FIXED, IncidentState.CLOSED)
    return bool(intents) and all(intent.state in over for intent in intents)
