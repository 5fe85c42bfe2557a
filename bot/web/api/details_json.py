"""The pages of one thing as JSON: an incident, a pull, a builder, a worker, a test.

In: what the store has of it. Out: what `json.dumps` takes. Times are ISO 8601 in UTC, but for the
fields of incidents and builds that were unix seconds from the beginning.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bot.core.incidents.as_of import IncidentEvent
from bot.core.incidents.differences import BuilderDifferences
from bot.core.model import BuildRecord, Commit, KnownBuilder
from bot.core.model.decisions import Belief, CommentDecision
from bot.core.ports.details import Decided, Flake
from bot.core.ports.search import Hit
from bot.core.trends.builds import (
    BuildSummary,
    DayTally,
    count_days,
    find_cost,
    find_minutes,
    find_recovery,
)

Json = dict[str, Any]


def render_belief(belief: Belief) -> Json:
    """What was believed from a moment on."""
    return {
        "at": iso(belief.at),
        "verdict": belief.verdict.value,
        "state": belief.state.value,
        "pull": belief.pull,
        "confidence": belief.confidence,
        "reason": belief.reason,
        "awaited": list(belief.awaited),
        "red_builds": belief.reds,
        "suspects": [{"sha": s.sha, "pr": s.pull, "p": s.p} for s in belief.suspects],
    }


def render_event(event: IncidentEvent) -> Json:
    """A line of a timeline."""
    return {
        "at": iso(event.at),
        "kind": event.kind.value,
        "words": event.words,
        "pull": event.number,
    }


def render_comment_decision(decision: CommentDecision) -> Json:
    """What was to be said on a pull."""
    return {
        "at": iso(decision.at),
        "pull": decision.number,
        "says": decision.says or None,
        "stands": decision.stands,
        "reason": decision.reason or None,
    }


def render_decided(decided: Decided) -> Json:
    """A line of the activity."""
    what = (
        {"belief": render_belief(decided.belief)}
        if decided.belief is not None
        else {"comment": render_comment_decision(decided.comment) if decided.comment else None}
    )
    return {
        "at": iso(decided.at),
        "repo": decided.repository.full_name,
        "incident": decided.incident_id,
        **what,
    }


def render_commit(commit: Commit) -> Json:
    """A commit of a line."""
    return {
        "sha": commit.sha,
        "title": commit.title,
        "author": commit.author,
        "pull": commit.pull,
        "reverts": commit.reverts,
        "at": iso(commit.at),
    }


def render_record(record: BuildRecord) -> Json:
    """A build of an incident, with the lines of its log that matter."""
    build, reading = record.build, record.reading
    return {
        "source": build.source,
        "buildid": build.buildid,
        "number": build.number,
        "builder": record.builder.name,
        "worker": build.worker,
        "revision": build.revision,
        "result": None if build.result is None else build.result.name.lower(),
        "scheduled_by": build.scheduled_by.value,
        "started_at": iso(build.started_at),
        "complete_at": iso(build.complete_at),
        "url": record.url,
        "note": record.note or None,
        "excerpt": list(reading.excerpt) if reading else [],
        "reproduce": reading.reproduce if reading else None,
        "seed": reading.seed if reading else None,
        "tests": list(reading.tests) if reading else [],
    }


def render_differences(found: BuilderDifferences) -> Json:
    """What differs between the ends of a builder's range."""
    return {
        "builder": found.builder,
        "last_good_build": found.green.build.buildid,
        "first_bad_build": found.red.build.buildid,
        "differences": [
            {"what": d.what, "before": d.before, "after": d.after} for d in found.differences
        ],
    }


def render_summary(build: BuildSummary) -> Json:
    """A build in a list."""
    return {
        "source": build.ref.source,
        "buildid": build.ref.id,
        "number": build.number,
        "builder": build.builder,
        "worker": build.worker,
        "branch": build.branch,
        "revision": build.revision,
        "result": build.result.name.lower(),
        "scheduled_by": build.scheduled_by.value,
        "started_at": iso(build.started_at),
        "complete_at": iso(build.complete_at),
        "url": build.url,
        "flaked": build.flaked,
    }


def render_trend(builds: Iterable[BuildSummary]) -> Json:
    """How a builder or worker did."""
    known = list(builds)
    recovery = find_recovery(known)
    return {
        "days": [_render_day(day) for day in count_days(known)],
        "minutes": find_minutes(known),
        "lost_minutes": find_cost(known).total_seconds() / 60,
        "recovery": {
            "streaks": recovery.streaks,
            "median_minutes": _minutes(recovery.median),
            "longest_minutes": _minutes(recovery.longest),
            "red_since": iso(recovery.red_since),
        },
    }


def _render_day(day: DayTally) -> Json:
    return {
        "day": day.day.isoformat(),
        "builds": day.builds,
        "failed": day.failed,
        "flaked": day.flaked,
        "broken": day.broken,
        "minutes": day.minutes,
    }


def render_builder(builder: KnownBuilder, last: BuildSummary | None) -> Json:
    """A builder in a list."""
    return {
        "source": builder.source,
        "builderid": builder.builderid,
        "name": builder.name,
        "tags": sorted(builder.tags),
        "workers": sorted(builder.workers),
        "came_at": iso(builder.came_at),
        "gone_at": iso(builder.gone_at),
        "successor": builder.successor,
        "last_build": None if last is None else render_summary(last),
    }


def render_flake(flake: Flake) -> Json:
    """A line of the ledger."""
    return {
        "test": flake.name,
        "flaked": flake.flaked,
        "incidents": flake.incidents,
        "builders": list(flake.builders),
        "last_at": iso(flake.last_at),
    }


def render_hit(hit: Hit, url: str) -> Json:
    """What a search found."""
    return {
        "kind": hit.kind.value,
        "name": hit.name,
        "words": hit.words,
        "repo": hit.repository.full_name,
        "at": iso(hit.at),
        "url": url,
    }


def iso(at: datetime | None) -> str | None:
    """A moment, or none."""
    return at.isoformat() if at else None


def _minutes(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds() / 60
