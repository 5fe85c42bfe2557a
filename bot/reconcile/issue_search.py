"""Find the issue that tells of a cause: in the list of those with our labels, then by search.

In: a cause without an issue. Out: the same with the likeliest one, or when it was looked for. A
search may suggest a link, and decides nothing else: its index is late, and it knows words only.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cachetools import TTLCache

from bot.core.errors import Refused, Unavailable
from bot.core.model import Incident
from bot.core.model.tracker import Issue, IssueSource, KnownIssue, TrackedCause, TrackerOptions
from bot.core.tracker.causes import find_markers, make_marker
from bot.core.tracker.score import make_queries, rank_issues
from bot.reconcile.context import Context

log = logging.getLogger(__name__)

# One list serves all causes of a run, and those of the next ones.
_LIST_SECONDS = 600
# Of all lists together; a thousand issues hold some two million, and 65 at most.
_LIST_LETTERS = 16_000_000

LOOK_AGAIN = timedelta(hours=6)
"""People file issues, too; GitHub lets us search 30 times a minute, for all repositories."""

# What was not found because not all was looked through, is looked for sooner.
_LOOK_SOONER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class LookUp:
    """What came of looking."""

    cause: TrackedCause
    is_whole: bool  # False: some of it could not be looked through


class IssueSearch:
    """Looks for issues; keeps lists for some minutes."""

    def __init__(self) -> None:
        self._lists: TTLCache[tuple[str, str], Sequence[Issue]] = TTLCache(
            _LIST_LETTERS, _LIST_SECONDS, getsizeof=_count_letters
        )

    async def find(
        self, ctx: Context, tracker: str, cause: TrackedCause, incidents: Sequence[Incident]
    ) -> LookUp:
        """The cause with what was found; what cannot be searched now, is searched later."""
        now, rules = ctx.clock.now(), ctx.options.facet_rules
        try:
            listed = await self._list(ctx, tracker, ctx.options.tracker)
            own = await _find_own(ctx, listed, cause)
            if own is not None:  # the store was lost
                return LookUp(_take(cause, make_known(own, IssueSource.FILED), now), is_whole=True)
            found = rank_issues(_leave_own(listed), incidents, rules)
            source, whole = IssueSource.LISTED, True
            if not found:
                searched, whole = await _search(ctx, tracker, incidents)
                found = rank_issues(_leave_own(searched), incidents, rules)
                source = IssueSource.SEARCHED
        except (Refused, Unavailable) as error:
            log.info("no issue looked for", extra={"key": cause.cause, "reason": error.reason})
            later = replace(cause, problem=error.reason, look_at=now + _LOOK_SOONER)
            return LookUp(later, is_whole=False)
        if found:
            score, issue = found[0]
            log.info(
                "issue found", extra={"key": cause.cause, "issue": issue.number, "score": score}
            )
            return LookUp(_take(cause, make_known(issue, source), now), is_whole=whole)
        look_at = now + (LOOK_AGAIN if whole else _LOOK_SOONER)
        return LookUp(replace(cause, looked_at=now, look_at=look_at, problem=""), is_whole=whole)

    async def _list(self, ctx: Context, tracker: str, options: TrackerOptions) -> tuple[Issue, ...]:
        issues: list[Issue] = []
        for label in options.labels:
            listed = self._lists.get((tracker, label))
            if listed is None:
                listed = await ctx.issues.list_labelled(tracker, label)
                with suppress(ValueError):  # too large to be kept
                    self._lists[tracker, label] = listed
            issues += listed
        return tuple(issues)


def _count_letters(issues: Sequence[Issue]) -> int:
    return sum(len(issue.title) + len(issue.body) for issue in issues)


async def _search(
    ctx: Context, tracker: str, incidents: Sequence[Incident]
) -> tuple[list[Issue], bool]:
    found: list[Issue] = []
    whole = True
    for query in make_queries(incidents):
        answer = await ctx.issues.search_issues(tracker, query)
        found += answer.issues
        whole = whole and answer.is_whole
    return found, whole


async def _find_own(ctx: Context, issues: Sequence[Issue], cause: TrackedCause) -> Issue | None:
    """Ours of this very cause; who is not its author only copied the marker."""
    marker, me = make_marker(cause.repo_id, cause.cause), (await ctx.github.fetch_me()).lower()
    ours = (i for i in issues if marker in find_markers(i.body) and i.author.lower() == me)
    return min(ours, key=lambda issue: issue.number, default=None)


def _leave_own(issues: Sequence[Issue]) -> list[Issue]:
    """Without those that carry a marker of ours: they tell of other causes."""
    return [issue for issue in issues if not find_markers(issue.body)]


def _take(cause: TrackedCause, issue: KnownIssue, now: datetime) -> TrackedCause:
    return replace(cause, issue=issue, looked_at=now, seen_at=now, problem="", look_at=None)


def make_known(issue: Issue, source: IssueSource) -> KnownIssue:
    """What is kept of it."""
    return KnownIssue(
        repository=issue.repository,
        number=issue.number,
        source=source,
        state=issue.state,
        state_reason=issue.state_reason,
        title=issue.title[:300],
        closed_at=issue.closed_at,
    )
