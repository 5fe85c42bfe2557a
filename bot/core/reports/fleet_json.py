"""A fleet's status as the JSON of `/api/v1/fleet`, and back.

In: a `FleetStatus`, or what a service answered. Out: what `json.dumps` takes, or a `FleetStatus`;
`Malformed` names the field that another version words otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from bot.core.fleet.advice import Advice, AdviceKind
from bot.core.fleet.release import ReleaseAnswer, Standing
from bot.core.fleet.status import (
    BranchStatus,
    BuilderStatus,
    CommitWords,
    FleetStatus,
    IncidentWords,
)
from bot.core.payloads.fields import Field

Json = dict[str, Any]
Word = TypeVar("Word", AdviceKind, ReleaseAnswer, Standing)

_TITLE = 300
_REASON = 1000


def render_fleet_json(status: FleetStatus) -> Json:
    """As the API tells it."""
    return {
        "at": status.at.isoformat(),
        "red": len(status.red),
        "branches": [_render_branch(branch) for branch in status.branches],
        "advice": render_advice(status.advice),
    }


def render_advice(advice: Iterable[Advice]) -> list[Json]:
    """What is advised of builders and workers."""
    return [{"kind": a.kind.value, "name": a.name, "words": a.words} for a in advice]


def _render_branch(branch: BranchStatus) -> Json:
    return {
        "repo": branch.repository,
        "branch": branch.branch,
        "release": {"answer": branch.answer.value, "reason": branch.reason},
        "builders": [_render_builder(builder) for builder in branch.builders],
    }


def _render_builder(builder: BuilderStatus) -> Json:
    first_bad = builder.first_bad
    return {
        "name": builder.builder,
        "tier": builder.tier,
        "stable": builder.stable,
        "standing": builder.standing.value,
        "red": builder.is_red,
        "last_builds": list(builder.strip),
        "number": builder.number,
        "url": builder.url,
        "worker": builder.worker,
        "built_at": _iso(builder.built_at),
        "red_since": _iso(builder.red_since),
        "red_builds": builder.reds,
        "red_before": builder.is_red_before,
        "last_good": builder.last_good,
        "first_bad": {"sha": first_bad.sha, "pull": first_bad.pull, "title": first_bad.title}
        if first_bad
        else None,
        "failing": list(builder.failing),
        "incidents": [
            {"id": i.id, "verdict": i.verdict, "pull": i.pull, "percent": i.percent}
            for i in builder.incidents
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def parse_fleet_json(json: object) -> FleetStatus:
    """What a service of ours answered; raises `Malformed`."""
    answer = Field(json, "answer")
    branches = tuple(_parse_branch(row) for row in answer["branches"].items())
    advice = tuple(_parse_advice(row) for row in answer["advice"].items())
    return FleetStatus(answer["at"].moment(), branches, advice)


def _parse_advice(row: Field) -> Advice:
    return Advice(_choose(row["kind"], AdviceKind), row["name"].name(), row["words"].prose(_REASON))


def _parse_branch(row: Field) -> BranchStatus:
    release = row["release"]
    return BranchStatus(
        repository=row["repo"].name_or_none() or "",
        branch=row["branch"].name(),
        answer=_choose(release["answer"], ReleaseAnswer),
        reason=release["reason"].prose(_REASON),
        builders=tuple(_parse_builder(one) for one in row["builders"].items()),
    )


def _parse_builder(row: Field) -> BuilderStatus:
    commit = row["first_bad"]
    return BuilderStatus(
        builder=row["name"].name(),
        tier=_integer(row["tier"]),
        stable=row["stable"].flag(),
        standing=_choose(row["standing"], Standing),
        strip=tuple(one.name() for one in row["last_builds"].items()),
        number=_integer(row["number"]),
        url=row["url"].name_or_none(),
        worker=row["worker"].name_or_none(),
        built_at=_moment(row["built_at"]),
        red_since=_moment(row["red_since"]),
        reds=row["red_builds"].integer(),
        is_red_before=row["red_before"].flag(),
        last_good=row["last_good"].name_or_none(),
        first_bad=None if commit.is_null else _parse_commit(commit),
        failing=tuple(one.name() for one in row["failing"].items()),
        incidents=tuple(_parse_incident(one) for one in row["incidents"].items()),
    )


def _parse_commit(row: Field) -> CommitWords:
    return CommitWords(row["sha"].name(), _integer(row["pull"]), row["title"].prose(_TITLE))


def _parse_incident(row: Field) -> IncidentWords:
    return IncidentWords(
        id=row["id"].name(),
        verdict=row["verdict"].name(),
        pull=_integer(row["pull"]),
        percent=row["percent"].integer(0, 100),
    )


def _integer(field: Field) -> int | None:
    return None if field.is_null else field.integer()


def _moment(field: Field) -> datetime | None:
    return None if field.is_null else field.moment()


def _choose(field: Field, words: type[Word]) -> Word:
    try:
        return words(field.name())
    except ValueError as error:
        raise field.malformed("a word that this version knows") from error
