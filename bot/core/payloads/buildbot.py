"""Buildbot's JSON → our nouns.

Input: the body of an HttpStatusPush, or an answer of its REST API. Output: builds, builders, steps
and logs, or `Malformed` naming the field.
Source: https://docs.buildbot.net/current/developer/raml/index.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from bot.core.errors import Malformed
from bot.core.model import (
    NO_REPOSITORIES,
    REQUEST_PROPERTY,
    Build,
    Builder,
    FinishedBuild,
    KnownRepositories,
    Log,
    ScheduledBy,
    Step,
)
from bot.core.model.build_results import Result
from bot.core.payloads.fields import Field
from bot.core.payloads.properties import find_property, find_property_source, find_text
from bot.core.payloads.sourcestamps import find_source

_STATE = 1000  # Buildbot's own summaries are a few words
_CONTENT = 2**31  # the size of answers is limited where they are read


class BuildPush(NamedTuple):
    """What a push tells us: where to look, and whether the build is over.

    Its end only shows that pushes come; what a build says is read from the API.
    """

    buildid: int
    complete: bool
    complete_at: datetime | None = None
    result: Result | None = None


def parse_build_push(json: object) -> BuildPush:
    """The body of Buildbot's HttpStatusPush: a build dict, with more or less around it."""
    build = Field(json, "push")
    buildid, complete = build["buildid"].integer(), build["complete"].flag()
    if not complete:
        return BuildPush(buildid, complete)
    try:
        end, result = build["complete_at"].epoch(), _parse_result(build["results"])
    except Malformed:  # the hint itself is good
        return BuildPush(buildid, complete)
    return BuildPush(buildid, complete, end, result)


def parse_finished_build(json: object) -> FinishedBuild:
    """One of many finished builds; only its id is needed, and the build itself is read later."""
    push = parse_build_push(json)
    return FinishedBuild(push.buildid, push.complete_at, push.result)


def parse_rows(json: object, name: str) -> tuple[object, ...]:
    """The rows of a REST answer: `{"builds": […], "meta": …}`, also for a single one."""
    return tuple(row.value for row in Field(json, "answer")[name].items())


def parse_row(json: object, name: str) -> object:
    """The only row of a REST answer."""
    rows = parse_rows(json, name)
    if len(rows) != 1:
        raise Malformed(f"answer.{name} does not hold one element")
    return rows[0]


def parse_build(
    source: str,
    json: object,
    buildset: object = None,
    known: KnownRepositories = NO_REPOSITORIES,
) -> Build:
    """A build with its properties; its buildset is given, or inside it, or not known.

    Only the buildset tells that a build is a rebuild (Buildbot copies the properties of the
    first build, its scheduler among them), that a patch was applied to the revision, or what was
    built of several codebases. `known` says which repository is watched, and under which addresses.
    """
    if isinstance(json, dict) and buildset is not None:
        json = {**json, "buildset": buildset}
    build = Field(json, "build")
    complete = build["complete"].flag()
    built = find_source(build, known)
    return Build(
        source=source,
        buildid=build["buildid"].integer(1),
        number=build["number"].integer(),
        builderid=build["builderid"].integer(1),
        buildrequestid=build["buildrequestid"].integer(1),
        worker=_find_worker(build),
        branch=built.branch,
        revision=built.revision,
        repository=built.repository,
        scheduled_by=_find_scheduled_by(build),
        result=_parse_result(build["results"]) if complete else None,
        started_at=build["started_at"].epoch(),
        complete_at=build["complete_at"].epoch() if complete else None,
        state_string="" if build["state_string"].is_null else build["state_string"].prose(_STATE),
        gap=built.gap,
    )


def parse_builder(source: str, json: object) -> Builder:
    """One builder with its tags."""
    builder = Field(json, "builder")
    return Builder(
        source=source,
        builderid=builder["builderid"].integer(1),
        name=builder["name"].name(),
        tags=tuple(tag for tag in map(find_text, _items(builder["tags"])) if tag),
    )


def _items(field: Field) -> tuple[Field, ...]:
    return () if field.is_null else field.items(1000)


def parse_buildids(json: object) -> tuple[int, ...]:
    """The ids of listed builds."""
    return tuple(row["buildid"].integer(1) for row in Field(json, "answer")["builds"].items())


def parse_number_of(json: object, plural: str, name: str) -> int:
    """A number of the only row: `stepid` of a log, `buildid` or `number` of a step."""
    return Field(parse_row(json, plural), plural)[name].integer()


def parse_buildsetid(json: object) -> int:
    """The buildset of a build request."""
    return Field(json, "buildrequest")["buildsetid"].integer(1)


def parse_steps(json: object) -> tuple[Step, ...]:
    """The steps of a build, in their order."""
    rows = Field(json, "answer")["steps"].items()
    return tuple(sorted(map(_parse_step, rows), key=lambda step: step.number))


def _parse_step(step: Field) -> Step:
    running = step["results"].is_null
    return Step(
        stepid=step["stepid"].integer(1),
        number=step["number"].integer(),
        name=step["name"].name(),
        result=None if running else _parse_result(step["results"]),
        hidden=step["hidden"].value is True,
        state_string=(find_text(step["state_string"]) or "")[:_STATE],
    )


def parse_logs(step: Step, json: object) -> tuple[Log, ...]:
    """The logs of a step that hold text, or did before a janitor came; HTML (`h`) is left out."""
    rows = Field(json, "answer")["logs"].items()
    return tuple(_parse_log(step, row) for row in rows if row["type"].name() in _READABLE)


# Each line begins with the letter of its stream; or is just text; or is no more.
_STDIO, _PLAIN, _DELETED = "s", "t", "d"
_READABLE = frozenset({_STDIO, _PLAIN, _DELETED})


def _parse_log(step: Step, log: Field) -> Log:
    return Log(
        logid=log["logid"].integer(1),
        step=step.name,
        step_number=step.number,
        step_result=step.result,
        name=log["name"].name(),
        lines=log["num_lines"].integer(),
        lettered=log["type"].name() == _STDIO,
        deleted=log["type"].name() == _DELETED,
    )


def parse_log_content(json: object) -> str:
    """The text of some lines of a log."""
    content = Field(json, "answer")["logchunks"].items(1)
    if not content:
        raise Malformed("answer.logchunks is empty")
    return content[0]["content"].prose(_CONTENT)


def _parse_result(field: Field) -> Result:
    return Result(field.integer(min(Result), max(Result)))


def parse_running_build(
    source: str, json: object, known: KnownRepositories = NO_REPOSITORIES
) -> Build:
    """A build that runs: before git ran, its revision is the one that was asked for."""
    build = parse_build(source, json, None, known)
    asked = find_property(Field(json, "build"), "revision").value
    if build.revision is not None or not isinstance(asked, str):
        return build
    try:
        return replace(build, revision=Field(asked.lower(), "revision").sha())
    except Malformed:
        return build


def _find_worker(build: Field) -> str:
    """The worker's name; by its number where the build died before it was told the name."""
    name = find_text(find_property(build, "workername"))
    return name or f"worker {build['workerid'].integer()}"


_FORCE_NAME = re.compile(r"(?<![a-z])force", re.IGNORECASE)


def _find_scheduled_by(build: Field) -> ScheduledBy:
    if _is_rebuilt(build):
        return ScheduledBy.REBUILD
    if find_text(find_property(build, REQUEST_PROPERTY)):
        return ScheduledBy.REQUEST
    return ScheduledBy.FORCE if _is_forced(build) else ScheduledBy.BRANCH


def _is_rebuilt(build: Field) -> bool:
    buildset = build["buildset"]
    if find_property(build, "scheduler").value == "rebuild":
        return True
    if buildset.is_null:
        return False
    return not buildset["rebuilt_buildid"].is_null or buildset["reason"].value == "rebuild"


def _is_forced(build: Field) -> bool:
    """A ForceScheduler sets `owner` and `reason` from its form, whatever it is called."""
    owner, reason = find_property(build, "owner"), find_property(build, "reason")
    if not owner.is_null and not reason.is_null:
        return True
    if "Force Build Form" in {find_property_source(build, n) for n in ("owner", "reason")}:
        return True
    return bool(_FORCE_NAME.search(find_text(find_property(build, "scheduler")) or ""))
