"""Post once, though answers get lost and workers stall: what everybody keeps to who posts.

In: a marker, and when a post was begun whose end is not known. Out: our comment where it stands,
or how long to wait for it.

Before a post its intent is stored, fenced by the lease. Whoever finds an open intent looks for the
comment on GitHub, and posts only when a time has passed in which a stale list would have shown it.
"""

from datetime import datetime, timedelta

from cachetools import LRUCache

from bot.core.model import Comment, Repository
from bot.core.policy.comment_limits import SETTLE
from bot.core.ports import GitHub

# Far more than are ever posted at once; whatever is forgotten is only waited for again.
_REMEMBERED = 1000

# A moment that instances share is told anew each time it is read, to some milliseconds.
_THE_SAME = timedelta(seconds=1)


async def fetch_own_comment(
    github: GitHub, repository: Repository, number: int, marker: str
) -> Comment | None:
    """Ours with this marker, if it stands: the oldest is the one, and its twins are deleted."""
    found = await github.find_comments(repository, number, marker)
    for twin in found[1:]:
        await github.delete_comment(repository, twin.comment_id)
    return found[0] if found else None


class PendingPosts:
    """Until when a post that was begun may come to light, by the name of what is posted.

    Counted from when this process began it or first met it: when it was begun is told by the clock
    of another, or by ours before a restart. A clock that was set ahead meanwhile, and a stale list,
    made a second comment.
    """

    def __init__(self) -> None:
        self._met: LRUCache[object, tuple[datetime, datetime]] = LRUCache(_REMEMBERED)

    def begin(self, what: object, now: datetime) -> None:
        """We are about to post it."""
        self._met[what] = (now, now)

    def find_end(self, what: object, intent_at: datetime | None, now: datetime) -> datetime | None:
        """None: nothing was begun, or it never landed."""
        if intent_at is None:
            return None
        known_at, met = self._met.get(what, (intent_at, now))
        if abs(known_at - intent_at) > _THE_SAME:  # it was begun anew
            met = now
        met = min(met, now)  # our clock may have been set back
        self._met[what] = (intent_at, met)
        return met + SETTLE if now < met + SETTLE else None
