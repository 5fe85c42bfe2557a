"""Rows of the database ↔ the nouns of the model; pure.

In: a model object, or a row. Out: the other. One pair of functions per table that is read back.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping

from bot.core.model import (
    Announcement,
    Build,
    BuildAt,
    Builder,
    BuildRecord,
    BuildRef,
    Commit,
    FinishedBuild,
    Kind,
    Observation,
    Occurrence,
    PullComment,
    ScheduledBy,
    Signature,
    TestRun,
)
from bot.core.model.build_results import Result
from bot.store.json_documents import (
    make_numbers,
    make_reading_document,
    make_step_runs_document,
    make_words,
    parse_numbers,
    parse_reading_document,
    parse_step_runs_document,
    parse_words,
)

Values = dict[str, Any]
Fields = RowMapping


def make_build_row(facts: BuildRecord, version: int) -> Values:
    """The row of `builds`; its failures and test runs have rows of their own.

    The builder's source and id are the build's.
    """
    build, builder = facts.build, facts.builder
    return {
        "source": build.source,
        "buildid": build.buildid,
        "number": build.number,
        "builderid": build.builderid,
        "buildrequestid": build.buildrequestid,
        "worker": build.worker,
        "branch": build.branch,
        "revision": build.revision,
        "repository": build.repository,
        "scheduled_by": build.scheduled_by.value,
        "result": None if build.result is None else int(build.result),
        "started_at": build.started_at,
        "complete_at": build.complete_at,
        "state_string": build.state_string,
        "builder": builder.name,
        "tags": make_words(builder.tags),
        "repo_id": facts.repo_id,
        "stable": facts.stable,
        "url": facts.url,
        "note": facts.note,
        "sources": make_words(facts.sources),
        "reading": make_reading_document(facts.reading) if facts.reading else None,
        "steps": _make_known_words(facts.steps),
        "step_runs": make_step_runs_document(facts.step_runs),
        "version": version,
    }


def parse_build_facts(row: Fields, sightings: Sequence[Occurrence]) -> BuildRecord:
    """The inverse of `make_build_row`, with the rows of its failures."""
    return BuildRecord(
        build=_parse_build(row),
        builder=Builder(
            source=row["source"],
            builderid=row["builderid"],
            name=row["builder"],
            tags=parse_words(row["tags"]),
        ),
        repo_id=row["repo_id"],
        stable=row["stable"],
        reading=parse_reading_document(row["reading"]) if row["reading"] else None,
        sightings=tuple(sightings),
        url=row["url"],
        note=row["note"],
        sources=parse_words(row["sources"]),
        steps=_parse_known_words(row["steps"]),
        step_runs=parse_step_runs_document(row["step_runs"]),
    )


def parse_finished_build(row: Fields) -> FinishedBuild:
    """How a build ended, from some columns of its row."""
    result = None if row["result"] is None else Result(row["result"])
    return FinishedBuild(row["buildid"], row["complete_at"], result)


def _parse_build(row: Fields) -> Build:
    return Build(
        source=row["source"],
        buildid=row["buildid"],
        number=row["number"],
        builderid=row["builderid"],
        buildrequestid=row["buildrequestid"],
        worker=row["worker"],
        branch=row["branch"],
        revision=row["revision"],
        repository=row["repository"],
        scheduled_by=ScheduledBy(row["scheduled_by"]),
        result=None if row["result"] is None else Result(row["result"]),
        started_at=row["started_at"],
        complete_at=row["complete_at"],
        state_string=row["state_string"],
    )


def parse_observation(
    row: Fields, sightings: Sequence[Occurrence], runs: Sequence[TestRun]
) -> Observation:
    """What a finished build of a branch says."""
    return Observation(
        source=row["source"],
        buildid=row["buildid"],
        number=row["number"],
        builder=row["builder"],
        stable=row["stable"],
        tags=parse_words(row["tags"]),
        worker=row["worker"],
        branch=row["branch"],
        revision=row["revision"],
        result=Result(row["result"]),
        scheduled_by=ScheduledBy(row["scheduled_by"]),
        started_at=row["started_at"],
        complete_at=row["complete_at"],
        sightings=tuple(sightings),
        runs=tuple(runs),
        steps=_parse_known_words(row["steps"]),
        step_runs=parse_step_runs_document(row["step_runs"]),
    )


def parse_build_at(
    row: Fields, sightings: Sequence[Occurrence], runs: Sequence[TestRun]
) -> BuildAt:
    """A build of a branch as the table of an incident shows it."""
    runs_still = row["result"] is None or row["complete_at"] is None
    return BuildAt(
        sha=row["revision"],
        builder=row["builder"],
        ref=BuildRef(row["source"], row["buildid"]),
        number=row["number"],
        url=row["url"],
        observation=None if runs_still else parse_observation(row, sightings, runs),
    )


def _make_known_words(words: Sequence[str] | None) -> str | None:
    return None if words is None else make_words(words)


def _parse_known_words(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else parse_words(text)


def make_failure_rows(facts: BuildRecord) -> list[Values]:
    """The rows of `failures`: the signatures that a build showed."""
    return [
        {
            "source": facts.build.source,
            "buildid": facts.build.buildid,
            "position": position,
            "branch": seen.signature.branch,
            "suite": seen.signature.suite,
            "kind": seen.signature.kind.value,
            "site": seen.signature.site,
            "message": seen.signature.message,
            "passed_on_rerun": seen.passed_on_rerun,
            "step": seen.step,
        }
        for position, seen in enumerate(facts.sightings)
    ]


def parse_sighting(row: Fields) -> Occurrence:
    """The inverse of one of `make_failure_rows`."""
    signature = Signature(
        branch=row["branch"],
        suite=row["suite"],
        kind=Kind(row["kind"]),
        site=row["site"],
        message=row["message"],
    )
    return Occurrence(signature, row["passed_on_rerun"], row["step"])


def make_run_rows(facts: BuildRecord) -> list[Values]:
    """The rows of `test_runs`."""
    return [
        {
            "source": facts.build.source,
            "buildid": facts.build.buildid,
            "position": position,
            "suite": run.suite,
            "complete": run.complete,
            "not_reached": _make_known_words(run.not_reached),
            "step": run.step,
        }
        for position, run in enumerate(facts.reading.runs if facts.reading else ())
    ]


def parse_run(row: Fields) -> TestRun:
    """The inverse of one of `make_run_rows`."""
    not_reached = _parse_known_words(row["not_reached"])
    return TestRun(row["suite"], row["complete"], not_reached, row["step"])


def make_commit_row(commit: Commit) -> Values:
    """The row of `commits` but for its place on the line; its paths are rows of `files`."""
    return {
        "sha": commit.sha,
        "parent": commit.parent,
        "at": commit.at,
        "title": commit.title,
        "author": commit.author,
        "pull": commit.pull,
        "reverts": commit.reverts,
    }


def parse_commit(row: Fields) -> Commit:
    """The inverse of `make_commit_row`, with the paths joined in."""
    return Commit(
        sha=row["sha"],
        parent=row["parent"],
        at=row["at"],
        title=row["title"],
        author=row["author"],
        pull=row["pull"],
        reverts=row["reverts"],
        files=None if row["paths"] is None else parse_words(row["paths"]),
    )


def make_pull_comment_row(speech: PullComment) -> Values:
    """The row of `speech`; what was said has rows of its own."""
    return {
        "repo_id": speech.repo_id,
        "number": speech.number,
        "thread": speech.thread,
        "wanted": speech.wanted,
        "standing": speech.standing,
        "comment_id": speech.comment_id,
        "posted_at": speech.posted_at,
        "intent_at": speech.intent_at,
        "why_silent": speech.why_silent,
        "incidents": make_words(speech.incidents),
        "folded": speech.folded,
        "outdated": make_numbers(speech.outdated) if speech.outdated else None,
        "deleted_at": speech.deleted_at,
        "held_rank": speech.held_rank,
        "look_at": speech.look_at,
    }


def parse_pull_comment(row: Fields, said: Sequence[Announcement]) -> PullComment:
    """The inverse of `make_pull_comment_row`, with what was said."""
    known = {name: value for name, value in row.items() if name not in {"incidents", "outdated"}}
    return PullComment(
        **known,
        incidents=parse_words(row["incidents"]),
        outdated=parse_numbers(row["outdated"]) if row["outdated"] else (),
        said=tuple(said),
    )


# Each comment on a pull has room for so many rows of `said`, far more than anybody would read; and
# 21,474 comments fit into the column, where a pull gets a handful.
_SAID_MOST = 100_000


def make_said_rows(speech: PullComment) -> list[Values]:
    """The rows of `said`, beside those of earlier comments."""
    return [
        {
            "repo_id": speech.repo_id,
            "number": speech.number,
            "position": position,
            "incident_id": said.incident_id,
            "verdict": said.verdict,
            "state": said.state,
            "at": said.at,
            "thread": speech.thread,
        }
        for position, said in enumerate(speech.said, speech.thread * _SAID_MOST)
    ]


def parse_said(row: Fields) -> Announcement:
    """The inverse of one of `make_said_rows`."""
    return Announcement(row["incident_id"], row["verdict"], row["state"], row["at"])
