"""Post once, though answers get lost and workers stall: what everybody keeps to who posts.

In: a marker, and when a post was begun whose end is not known. Out: our comment where it stands,
or how long to wait for it.

Before a post its intent is stored, fenced by the lease. Whoever finds an open intent looks for the
comment on GitHub, and posts only when a time has passed in which a stale list would have shown it.
"""

from datetime import datetime

from bot.core.limits import SETTLE
from bot.core.model import Comment, Repository
from bot.ports import GitHub


async def fetch_own_comment(
    github: GitHub, repository: Repository, number: int, marker: str
) -> Comment | None:
    """Ours with this marker, if it stands: the oldest is the one, and its twins are deleted."""
    found = await github.find_comments(repository, number, marker)
    for twin in found[1:]:
        await github.delete_comment(repository, twin.comment_id)
    return found[0] if found else None


def find_settling(intent_at: datetime | None, now: datetime) -> datetime | None:
    """Until when a post that was begun may come to light; None: none was, or it never landed."""
    if intent_at is None or now >= intent_at + SETTLE:
        return None
    return intent_at + SETTLE
