"""History files: lines of JSON in, each branch's commits and builds out.

A line that cannot be used is left aside and counted with its number; it never stops the others.
What is missing must not make an innocent look guilty: a commit whose parent is not the commit
before it begins a new epoch, as after a force push, and no range reaches over that.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from sys import intern

from bot.core.errors import Malformed
from bot.core.history.hindsight import Override
from bot.core.model import (
    BranchCommits,
    Commit,
    Kind,
    Observation,
    Occurrence,
    ScheduledBy,
    Signature,
    TestRun,
)
from bot.core.model.build_results import Result

SOURCE = "history"  # the name of the Buildbot in observations from a file
SUITE = "tests"  # history files know of one suite only
_KINDS = {"test": Kind.TEST_FAILURE, "compile": Kind.COMPILE_ERROR}
_OVERRIDES = frozenset({"blame", "flaky", "infra"})
_ALL_STEPS = tuple(_KINDS)
_COMPLETE = (TestRun(SUITE, complete=True),)
_RESULTS = {r.name.lower(): r for r in Result}
_LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
_LONGEST = 1000  # characters of a test or message that are kept: nobody reads more


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """A line that was not used, and why."""

    number: int  # 1-based
    reason: str


@dataclass(frozen=True, slots=True)
class Epoch:
    """Commits without a gap, and the builds that stood in the file while they were the branch."""

    line: BranchCommits
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class History:
    """What a file tells."""

    repository: str
    branches: dict[str, tuple[Epoch, ...]]
    left_out: tuple[SkippedLine, ...]
    overrides: Mapping[str, Sequence[Override]] = field(default_factory=dict)  # by branch


def parse_history(lines: Iterable[str | bytes]) -> History:
    """Read a history file; raises `Malformed` where no line of it can be used."""
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        if line.strip():
            reader.take(number, line)
    if not reader.used:
        why = [f"line {line.number}: {line.reason}" for line in reader.left_out[:1]]
        raise Malformed(f"not a history file: {''.join(why) or 'it is empty'}")
    return reader.finish()


@dataclass(slots=True)
class _Branch:
    """A branch while its lines come in."""

    epochs: list[Epoch] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    builds: dict[tuple[str, int], Observation] = field(default_factory=dict)
    shas: set[str] = field(default_factory=set)
    count: int = 0  # of builds of earlier epochs

    def cut(self) -> None:
        """End the present epoch."""
        if self.commits or self.builds:
            line = BranchCommits(len(self.epochs) + 1, 0, tuple(self.commits))
            self.epochs.append(Epoch(line, _number(self.builds.values(), self.count)))
            self.count += len(self.builds)
            self.builds = {}


class _Reader:
    def __init__(self) -> None:
        self.repository = ""
        self.used = 0
        self.left_out: list[SkippedLine] = []
        self._branches: dict[str, _Branch] = {}
        self._builders: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._sightings: dict[
            Occurrence, Occurrence
        ] = {}  # each is kept once, however often it shows
        self._overrides: dict[str, list[Override]] = {}
        self._early: list[tuple[int, dict[str, object]]] = []  # builds above their builder
        self._has_ended = False
        self._homes: dict[str, str] = {}  # by sha, the first branch that had it
        self._takers = {
            "history": self._take_head,
            "builder": self._take_builder,
            "commit": self._take_commit,
            "build": self._take_build,
            "override": self._take_override,
            "truth": self._pass_over,  # for scoring only
        }

    def take(self, number: int, line: str | bytes) -> None:
        """Use one line, or leave it aside."""
        try:
            row = _parse_row(line)
            taker = self._takers.get(_text(row, "type"))
            if taker is None:
                raise Malformed("unknown type")
            taker(number, row)
            self.used += 1
        except Malformed as error:
            self._leave_out(number, error)

    def _leave_out(self, number: int, error: Malformed) -> None:
        self.left_out.append(SkippedLine(number, intern(str(error))))

    def finish(self) -> History:
        """All that was read, also builds that stood above their builders."""
        self._has_ended = True
        for number, row in self._early:
            try:
                self._take_build(number, row)
            except Malformed as error:
                self._leave_out(number, error)
        for branch in self._branches.values():
            branch.cut()
        branches = {name: tuple(b.epochs) for name, b in self._branches.items() if b.epochs}
        left_out = sorted(self.left_out, key=lambda line: line.number)
        return History(self.repository, branches, tuple(left_out), self._overrides)

    def _branch(self, name: str) -> _Branch:
        return self._branches.setdefault(name, _Branch())

    def _pass_over(self, _number: int, _row: dict[str, object]) -> None:
        """Nothing is read of it."""

    def _take_override(self, _number: int, row: dict[str, object]) -> None:
        """What a person ruled: for hindsight only."""
        kind = _text(row, "kind")
        if kind not in _OVERRIDES:
            raise Malformed("unknown kind of override")
        tests = frozenset(_texts(row, "tests"))
        override = Override(_time(row, "at"), kind, _optional_int(row, "pr"), tests)
        self._overrides.setdefault(_text(row, "branch"), []).append(override)

    def _take_head(self, _number: int, row: dict[str, object]) -> None:
        self.repository = _text(row, "repo")

    def _take_builder(self, _number: int, row: dict[str, object]) -> None:
        name, told = _text(row, "name"), (_text(row, "branch"), _texts(row, "tags"))
        if self._builders.setdefault(name, told) != told:
            raise Malformed("another builder of a name that stood there before")

    def _take_commit(self, _number: int, row: dict[str, object]) -> None:
        commit = Commit(
            sha=intern(_text(row, "sha")),
            parent=_optional_text(row, "parent"),
            at=_time(row, "at"),
            title=_optional_text(row, "title") or "",
            author=_optional_text(row, "author"),
            pull=self._find_pull(row),
            reverts=_optional_text(row, "reverts"),
            files=_texts(row, "files") if row.get("files") is not None else None,
        )
        branch = self._branch(_text(row, "branch"))
        if commit.sha in branch.shas:
            raise Malformed("a commit that stood there before")
        if branch.commits and branch.commits[-1].sha != commit.parent:
            branch.cut()
            _go_back(branch, commit.parent)
        branch.commits.append(commit)
        branch.shas.add(commit.sha)

    def _find_pull(self, row: dict[str, object]) -> int | None:
        """Its pull, on the branch where it stood first: there it was merged.

        Where another branch has the commit as well, nobody merged it there.
        """
        branch, pull = _text(row, "branch"), _optional_int(row, "pr")
        home = self._homes.setdefault(_text(row, "sha"), branch)
        return pull if home == branch else None

    def _take_build(self, number: int, row: dict[str, object]) -> None:
        name = _text(row, "builder")
        if name not in self._builders:
            if self._has_ended:
                raise Malformed(f"builder {name[:80]!r} is not among the builders")
            self._early.append((number, row))
            return
        branch, tags = self._builders[name]
        build = make_build(number, row, name, branch, tags=tags, known=self._sightings)
        key = (name, build.number)
        if key in self._branch(branch).builds:
            raise Malformed("a build that stood there before")
        self._branch(branch).builds[key] = build


def _number(builds: Iterable[Observation], count: int) -> tuple[Observation, ...]:
    """With ids by time and name: the same in whatever order they stood in the file."""
    in_order = sorted(builds, key=lambda o: (o.complete_at, o.builder, o.number))
    return tuple(replace(o, buildid=n) for n, o in enumerate(in_order, count + 1))


def _go_back(branch: _Branch, parent: str | None) -> None:
    """The branch was set back to an earlier commit, or its commits have a gap."""
    at = next((n for n, c in enumerate(branch.commits) if c.sha == parent), None)
    branch.commits = [] if at is None else branch.commits[: at + 1]
    branch.shas = {c.sha for c in branch.commits}


def make_build(
    number: int,
    row: dict[str, object],
    name: str,
    branch: str,
    *,
    tags: tuple[str, ...],
    known: dict[Occurrence, Occurrence],
) -> Observation:
    """The build of a line; `known` are sightings that are kept once. Raises `Malformed`."""
    result = _RESULTS.get(_text(row, "result"))
    if result is None:
        raise Malformed("unknown result")
    started, finished = _time(row, "started"), _time(row, "finished")
    if finished < started:
        raise Malformed("it finished before it started")
    failures = row.get("failures", [])
    if not isinstance(failures, list):
        raise Malformed("failures is not a list")
    sightings = {known.setdefault(s, s) for s in (_make_sighting(f, branch) for f in failures)}
    complete = row.get("tests_ran") is True
    revision = _optional_text(row, "revision")
    return Observation(
        source=SOURCE,
        buildid=number,
        number=_int(row, "number"),
        # The same text in a thousand lines is kept once: half of the memory of a long file.
        builder=intern(name),
        stable="stable" in tags,
        tags=tags,
        worker=intern(_optional_text(row, "worker") or name),
        branch=branch,
        revision=intern(revision) if revision else None,
        result=result,
        scheduled_by=_scheduled_by(row),
        started_at=started,
        complete_at=finished,
        # In the order of names, so that the order within a build does not matter.
        sightings=tuple(sorted(sightings, key=repr)),
        runs=_COMPLETE if complete else (),
        steps=_find_steps(row),
    )


def _find_steps(row: dict[str, object]) -> tuple[str, ...] | None:
    """The steps that a build surely went through, called after the kinds of failures in them."""
    told = row.get("tests_ran")
    return _ALL_STEPS if told is True else ("compile",) if told is False else None


def _make_sighting(failure: object, branch: str) -> Occurrence:
    if not isinstance(failure, dict):
        raise Malformed("a failure is not an object")
    kind = _KINDS.get(_text(failure, "kind"))
    if kind is None:
        raise Malformed("unknown kind of failure")
    test, message = _text(failure, "test"), _optional_text(failure, "message") or ""
    words = " ".join(message.split())[:_LONGEST]
    signature = Signature(branch, SUITE, kind, test[:_LONGEST], words)
    step = _text(failure, "kind")
    return Occurrence(signature, failure.get("passed_on_rerun") is True, step)


# ---------------------------------------------------------------- fields of a line


def _parse_row(line: str | bytes) -> dict[str, object]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON, or cut short") from error
    if not isinstance(row, dict):
        raise Malformed("not an object")
    return row


def _text(row: dict[str, object], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{name} is missing or not a text")
    return value


def _optional_text(row: dict[str, object], name: str) -> str | None:
    return None if row.get(name) is None else _text(row, name)


def _texts(row: dict[str, object], name: str) -> tuple[str, ...]:
    value = row.get(name)
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise Malformed(f"{name} is missing or not a list of texts")
    return tuple(value)


def _int(row: dict[str, object], name: str) -> int:
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(f"{name} is missing or not a number")
    return value


def _optional_int(row: dict[str, object], name: str) -> int | None:
    return None if row.get(name) is None else _int(row, name)


def _time(row: dict[str, object], name: str) -> datetime:
    value = row.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= _LATEST:
        raise Malformed(f"{name} is missing or not a time in unix seconds")
    return datetime.fromtimestamp(value, UTC)


def _scheduled_by(row: dict[str, object]) -> ScheduledBy:
    value = row.get("scheduled_by", "branch")
    found = next((s for s in ScheduledBy if s.value == value), None)
    if found is None:
        raise Malformed("unknown scheduled_by")
    return found
