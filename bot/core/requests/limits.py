"""What limits let through: a builder or an incident and what was asked for in, why not out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.core.model import (
    Budget,
    BuilderLoad,
    BuildRequest,
    RequestLimits,
    RequestPurpose,
)
from bot.core.model.counts import count_words

_DAY = timedelta(days=1)
# What is asked to find a culprit; what people want built otherwise is no part of its budget.
SEARCHING = frozenset({RequestPurpose.AUTO, RequestPurpose.BISECT})


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why nothing may be asked now, and until when at least; None: until there is news."""

    reason: str  # a sentence
    until: datetime | None = None


def find_fleet_hindrance(
    requests: Sequence[BuildRequest], now: datetime, limits: RequestLimits, budget: Budget | None
) -> Hindrance | None:
    """What keeps from asking any builder."""
    today = sorted(r.asked_at for r in requests if r.costs_time and r.asked_at > now - _DAY)
    if len(today) >= limits.per_day:
        freed = today[-limits.per_day] + _DAY if limits.per_day else None
        return Hindrance(f"{limits.per_day} builds were asked for within a day.", freed)
    told = budget is not None and budget.is_told
    if limits.quiet_hours is not None and not told and _is_within(limits.quiet_hours, now):
        return Hindrance("These are quiet hours.", _find_next(limits.quiet_hours[1], now))
    return None


def find_incident_hindrance(
    own: Sequence[BuildRequest], limits: RequestLimits, budget: Budget | None
) -> Hindrance | None:
    """What keeps from asking for one incident; `own` are its requests."""
    searching = [r for r in own if r.purpose in SEARCHING]
    if sum(r.told_nothing for r in searching) >= limits.infra_failures:
        builds = count_words(limits.infra_failures, "build that was", "builds that were")
        return Hindrance(f"{builds} asked for told nothing.")
    if budget is not None:
        if budget.builds < 1 or budget.minutes <= 0.0:
            return Hindrance("The budget is spent.")
    elif sum(r.costs_time for r in searching) >= limits.per_incident:
        builds = count_words(limits.per_incident, "build was", "builds were")
        return Hindrance(f"{builds} asked for already.")
    if sum(r.is_outstanding for r in own) >= limits.at_a_time:
        return Hindrance("What was asked for is still to come.")
    return None


def find_builder_hindrance(
    load: BuilderLoad, requests: Sequence[BuildRequest], now: datetime, limits: RequestLimits
) -> Hindrance | None:
    """What keeps from asking one builder."""
    if load.is_away:
        return Hindrance(f"{load.builder} is away.")
    own = [r for r in requests if r.builder == load.builder]
    if any(r.is_outstanding for r in own):
        return Hindrance(f"{load.builder} has something to build for us.")
    if load.waiting_since is not None and now - load.waiting_since > limits.longest_queue:
        return Hindrance(f"Builds of its own wait too long for {load.builder}.")
    return _find_share_hindrance(load, own, now, limits)


def _find_share_hindrance(
    load: BuilderLoad, own: Sequence[BuildRequest], now: datetime, limits: RequestLimits
) -> Hindrance | None:
    """Its time would be ours beyond our share."""
    known = min(limits.share_span, now - load.since)
    spent = sum(find_minutes(r, load.longest) for r in own if r.asked_at > now - known)
    wanted = timedelta(minutes=spent + load.longest)
    if wanted <= limits.share_of_builder * known:
        return None
    until = _find_oldest(own, now, limits)
    if wanted <= limits.share_of_builder * limits.share_span:  # as soon as it is known for longer
        until = load.since + wanted / limits.share_of_builder
    words = f"{limits.share_of_builder:.0%} of the time of {load.builder}"
    return Hindrance(f"A build would take more than {words}.", until)


def _find_oldest(
    own: Sequence[BuildRequest], now: datetime, limits: RequestLimits
) -> datetime | None:
    """When the oldest request of the span leaves it."""
    asked = [r.asked_at for r in own if r.asked_at > now - limits.share_span]
    return min(asked) + limits.share_span if asked else None


def find_minutes(request: BuildRequest, longest: float) -> float:
    """What a request took of its builder, or may take."""
    if not request.costs_time:
        return 0.0
    if request.started_at is None or request.ended_at is None:
        return max(longest, request.expected_minutes)
    return (request.ended_at - request.started_at).total_seconds() / 60.0


def find_pace_hindrance(
    load: BuilderLoad,
    revision: str,
    requests: Sequence[BuildRequest],
    now: datetime,
    limits: RequestLimits,
) -> Hindrance | None:
    """The same commit on the same builder was asked for just now."""
    same = [r for r in requests if r.builder == load.builder and r.revision == revision]
    asked = [r.ended_at or r.asked_at for r in same if r.costs_time]
    if not asked:
        return None
    until = max(asked) + limits.pacing * len(asked)
    if now >= until:
        return None
    return Hindrance(f"{load.builder} has just built {revision[:7]} for us.", until)


def _is_within(hours: tuple[time, time], now: datetime) -> bool:
    begin, end = hours
    at = now.time()
    return begin <= at < end if begin <= end else at >= begin or at < end


def _find_next(at: time, now: datetime) -> datetime:
    """The next moment at which the clock shows this."""
    today = datetime.combine(now.date(), at, now.tzinfo)
    return today if today > now else today + _DAY
