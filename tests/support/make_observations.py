"""Short ways to tell a branch's story: commits by letter, builds by builder and commit."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.core.blame import BranchState, advance, extend, new_state
from bot.core.model import (
    BranchCommits,
    Commit,
    Incident,
    Kind,
    Observation,
    Occurrence,
    ScheduledBy,
    Signature,
    TestRun,
)
from bot.core.model.build_results import Result
from bot.core.policy.thresholds import DEFAULT_POLICY, Policy

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATE = START + timedelta(days=1)
SSL = "test_ssl.test_read"


def make_signature(
    test: str = SSL, message: str = "boom", kind: Kind = Kind.TEST_FAILURE
) -> Signature:
    return Signature("main", "unittest", kind, test, message)


def make_line(*commits: tuple[str, int | None], epoch: int = 1, base: int = 0) -> BranchCommits:
    """Commits as (letter, pull); the sha of `a` is forty times `a`."""
    parents: list[str | None] = [None, *(sha(letter) for letter, _ in commits)]
    return BranchCommits(
        epoch,
        base,
        tuple(
            Commit(sha(letter), parent, START, f"Change {letter}", "someone", pull)
            for (letter, pull), parent in zip(commits, parents, strict=False)
        ),
    )


def sha(letter: str) -> str:
    return letter * 40


def make_observation(
    buildid: int,
    builder: str,
    at: str,
    failing: Sequence[str | Signature] = (),
    *,
    flaked: Sequence[str] = (),
    minute: int | None = None,
    result: Result | None = None,
    complete: bool = True,
    not_reached: tuple[str, ...] | None = None,
    ran: bool = True,
    stable: bool = True,
    scheduled_by: ScheduledBy = ScheduledBy.BRANCH,
) -> Observation:
    done = START + (buildid if minute is None else minute) * MINUTE
    sightings = [Occurrence(f if isinstance(f, Signature) else make_signature(f)) for f in failing]
    sightings += [Occurrence(make_signature(f), passed_on_rerun=True) for f in flaked]
    return Observation(
        source="bb",
        buildid=buildid,
        number=buildid,
        builder=builder,
        stable=stable,
        tags=("stable",) if stable else (),
        worker=f"worker of {builder}",
        branch="main",
        revision=sha(at),
        result=(Result.FAILURE if failing else Result.SUCCESS) if result is None else result,
        scheduled_by=scheduled_by,
        started_at=done - MINUTE,
        complete_at=done,
        sightings=tuple(sightings),
        runs=(TestRun("unittest", complete, not_reached),) if ran else (),
    )


@dataclass
class Story:
    """A branch on which things happen one after another."""

    line: BranchCommits
    builds: list[Observation] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def green(self, builder: str, at: str, **more: object) -> None:
        self.builds.append(make_observation(next(self.ids), builder, at, **more))  # type: ignore[arg-type] # told by name

    def red(self, builder: str, at: str, *failing: str | Signature, **more: object) -> None:
        build = make_observation(next(self.ids), builder, at, failing or (SSL,), **more)  # type: ignore[arg-type] # told by name
        self.builds.append(build)

    def state(self, now: datetime = LATE, policy: Policy = DEFAULT_POLICY) -> BranchState:
        return advance(extend(new_state("main"), self.line), self.builds, now, policy)

    def only(self, now: datetime = LATE, policy: Policy = DEFAULT_POLICY) -> Incident:
        (incident,) = self.state(now, policy).incidents
        return incident


def make_story(*commits: tuple[str, int | None], past: Sequence[str] = ()) -> Story:
    """A story; on the builders of `past` the first commit was built green fifty times before."""
    story = Story(make_line(*commits))
    for builder in past:
        for _ in range(50):
            story.green(builder, commits[0][0])
    return story
