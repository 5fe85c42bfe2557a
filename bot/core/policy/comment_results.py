"""What became of the comment on a pull, for those who count it.

In: the comment as it was when the decision fell, and as it is stored now. Out: a `CommentResult`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.model import PullComment


class CommentOutcome(StrEnum):
    """What was done; refused is also what a limit keeps back."""

    POSTED = "posted"
    EDITED = "edited"
    REFUSED = "refused"
    DRY_RUN = "dry_run"


@dataclass(frozen=True, slots=True)
class CommentResult:
    """What was done, what the comment says, and how long it took to say it."""

    outcome: CommentOutcome
    kind: str  # the verdict while it is open, then the state
    lag: timedelta | None = None  # since the end of the build that settled it; None: not known


def make_comment_result(
    before: PullComment, after: PullComment, settled_at: datetime | None
) -> CommentResult | None:
    """None: nothing came of it. `settled_at`: when the last build ended that it rests on."""
    outcome = find_comment_outcome(before, after)
    if outcome is None:
        return None
    lag = None
    if outcome in _FIRST_SAID and after.said and settled_at is not None:
        said_at = after.posted_at or max(said.at for said in after.said)
        lag = max(said_at - settled_at, timedelta(0))
    return CommentResult(outcome, find_comment_kind(after), lag)


_FIRST_SAID = (CommentOutcome.POSTED, CommentOutcome.DRY_RUN)


def find_comment_outcome(before: PullComment, after: PullComment) -> CommentOutcome | None:
    """What became of it; None: nothing."""
    if after.standing != before.standing:
        return CommentOutcome.POSTED if before.comment_id is None else CommentOutcome.EDITED
    if after.why_silent != before.why_silent and after.wanted != after.standing:
        return CommentOutcome.REFUSED if after.why_silent else None
    if after.wanted != before.wanted and after.standing is None:
        return CommentOutcome.DRY_RUN
    return None


def find_comment_kind(comment: PullComment) -> str:
    """What was said last: the verdict while it is open, then the state."""
    last = max(comment.said, key=lambda said: said.at, default=None)
    if last is None:
        return "none"
    return last.verdict if last.state == "open" else last.state
