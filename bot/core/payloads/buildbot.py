"""Buildbot's JSON → our nouns.

Input: the body of an HttpStatusPush, or an answer of its REST API. Output: builds, builders, steps
and logs, or `Malformed` naming the field.
Source: https://docs.buildbot.net/current/developer/raml/index.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.core.errors import Malformed
from bot.core.model import Build, Builder, Log, ScheduledBy
from bot.core.payloads.fields import Field, find_full_name
from bot.core.results import Result

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


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a build; its logs are fetched by `stepid`."""

    stepid: int
    number: int
    name: str
    result: Result | None


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


def parse_rows(json: object, name: str) -> tuple[object, ...]:
    """The rows of a REST answer: `{"builds": […], "meta": …}`, also for a single one."""
    return tuple(row.value for row in Field(json, "answer")[name].items())


def parse_row(json: object, name: str) -> object:
    """The only row of a REST answer."""
    rows = parse_rows(json, name)
    if len(rows) != 1:
        raise Malformed(f"answer.{name} does not hold one element")
    return rows[0]


def parse_build(source: str, json: object, buildset: object = None) -> Build:
    """A build with its properties; its buildset is given, or inside it, or not known.

    Only the buildset tells that a build is a rebuild (Buildbot copies the properties of the
    first build, its scheduler among them) or that a patch was applied to the revision.
    """
    if isinstance(json, dict) and buildset is not None:
        json = {**json, "buildset": buildset}
    build = Field(json, "build")
    complete = build["complete"].flag()
    stamp = _find_sourcestamp(build)
    return Build(
        source=source,
        buildid=build["buildid"].integer(1),
        number=build["number"].integer(),
        builderid=build["builderid"].integer(1),
        buildrequestid=build["buildrequestid"].integer(1),
        worker=_find_worker(build),
        branch=_find_branch(build, stamp),
        revision=_find_revision(build, stamp),
        repository=_find_repository(build, stamp),
        scheduled_by=_find_scheduled_by(build),
        result=_parse_result(build["results"]) if complete else None,
        started_at=build["started_at"].epoch(),
        complete_at=build["complete_at"].epoch() if complete else None,
        state_string="" if build["state_string"].is_null else build["state_string"].prose(_STATE),
    )


def parse_builder(source: str, json: object) -> Builder:
    """One builder with its tags."""
    builder = Field(json, "builder")
    return Builder(
        source=source,
        builderid=builder["builderid"].integer(1),
        name=builder["name"].name(),
        tags=tuple(tag.name() for tag in builder["tags"].items(1000)),
    )


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
    )


def parse_logs(step: Step, json: object) -> tuple[Log, ...]:
    """The logs of a step that hold text; HTML (`h`) and deleted ones (`d`) are left out."""
    rows = Field(json, "answer")["logs"].items()
    return tuple(_parse_log(step, row) for row in rows if row["type"].name() in {_STDIO, _PLAIN})


_STDIO, _PLAIN = "s", "t"  # each line begins with the letter of its stream; or is just text


def _parse_log(step: Step, log: Field) -> Log:
    return Log(
        logid=log["logid"].integer(1),
        step=step.name,
        step_number=step.number,
        step_result=step.result,
        name=log["name"].name(),
        lines=log["num_lines"].integer(),
        lettered=log["type"].name() == _STDIO,
    )


def parse_log_content(json: object) -> str:
    """The text of some lines of a log."""
    content = Field(json, "answer")["logchunks"].items(1)
    if not content:
        raise Malformed("answer.logchunks is empty")
    return content[0]["content"].prose(_CONTENT)


def _parse_result(field: Field) -> Result:
    return Result(field.integer(min(Result), max(Result)))


def _property(build: Field, name: str) -> Field:
    """The value of a property, which comes as [value, source]."""
    if build["properties"].is_null:
        return build["properties"]
    pair = build["properties"][name]
    return pair if pair.is_null else _pair(pair)[0]


def _property_source(build: Field, name: str) -> str | None:
    if build["properties"].is_null or build["properties"][name].is_null:
        return None
    return _pair(build["properties"][name])[1].name_or_none()


def _pair(field: Field) -> tuple[Field, Field]:
    items = field.items(2)
    if len(items) != 2:
        raise field.malformed("a pair of value and source")
    return items[0], items[1]


def _find_sourcestamp(build: Field) -> Field | None:
    """The sourcestamp of the codebase that the build names, else the first."""
    if build["buildset"].is_null or build["buildset"]["sourcestamps"].is_null:
        return None
    stamps = build["buildset"]["sourcestamps"].items()
    codebase = _property(build, "codebase").value
    same = [stamp for stamp in stamps if stamp["codebase"].value == codebase]
    return next(iter([*same, *stamps]), None)


def _find_worker(build: Field) -> str:
    """The worker's name; by its number where the build died before it was told the name."""
    name = _property(build, "workername").name_or_none()
    return name or f"worker {build['workerid'].integer()}"


def _find_branch(build: Field, stamp: Field | None) -> str | None:
    branch = _property(build, "branch").name_or_none()
    if branch is None and stamp is not None:
        branch = stamp["branch"].name_or_none()
    return None if branch is None else branch.removeprefix("refs/heads/")


def _find_revision(build: Field, stamp: Field | None) -> str | None:
    """What was checked out, never what was asked for; a patched tree is no revision at all."""
    if stamp is not None and not stamp["patch"].is_null:
        return None
    got = _property(build, "got_revision").value
    if isinstance(got, dict):
        got = _find_own_revision(build, got)
    try:
        return Field(got.lower(), "got_revision").sha() if isinstance(got, str) else None
    except Malformed:
        return None  # of another version control system, or shortened by a step of theirs


def _find_own_revision(build: Field, revisions: dict[object, object]) -> object:
    """Of several codebases the one that the build names, or the only one."""
    codebase = _property(build, "codebase").value
    if isinstance(codebase, str) and codebase in revisions:
        return revisions[codebase]
    return next(iter(revisions.values())) if len(revisions) == 1 else revisions.get("")


# A host and at least owner and name; a path of the master's own disk names no repository.
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/\s]+@)?(?P<host>[^/\s]+)/|(?:[^@/\s]+@)(?P<scp>[^:/\s]+):)"
    r"(?P<path>[^?#\s]+)"
)


def _find_repository(build: Field, stamp: Field | None) -> str | None:
    """`owner/name` from the repository's URL, else from a project that looks like it."""
    for name, find in (("repository", _find_name_in_url), ("project", find_full_name)):
        fields = [_property(build, name)] + ([stamp[name]] if stamp is not None else [])
        for text in (field.name_or_none() for field in fields):
            if text and (found := find(text)):
                return found
    return None


def _find_name_in_url(url: str) -> str | None:
    remote = _REMOTE.match(url)
    if remote is None:
        return None
    parts = remote["path"].strip("/").removesuffix(".git").split("/")
    on_github = (remote["host"] or remote["scp"]).lower() in {"github.com", "www.github.com"}
    return find_full_name("/".join(parts[:2] if on_github else parts[-2:]))


_FORCE_NAME = re.compile(r"(?<![a-z])force", re.IGNORECASE)


def _find_scheduled_by(build: Field) -> ScheduledBy:
    if _is_rebuilt(build):
        return ScheduledBy.REBUILD
    return ScheduledBy.FORCE if _is_forced(build) else ScheduledBy.BRANCH


def _is_rebuilt(build: Field) -> bool:
    buildset = build["buildset"]
    if _property(build, "scheduler").value == "rebuild":
        return True
    if buildset.is_null:
        return False
    return not buildset["rebuilt_buildid"].is_null or buildset["reason"].value == "rebuild"


def _is_forced(build: Field) -> bool:
    """A ForceScheduler sets `owner` and `reason` from its form, whatever it is called."""
    owner, reason = _property(build, "owner"), _property(build, "reason")
    if not owner.is_null and not reason.is_null:
        return True
    if "Force Build Form" in {_property_source(build, n) for n in ("owner", "reason")}:
        return True
    return bool(_FORCE_NAME.search(_property(build, "scheduler").name_or_none() or ""))
