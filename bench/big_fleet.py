"""A database of a large fleet's past, for benches of pages: rows as the road would have saved them.

In: a store that is empty, and how large. Out: branches with their commits, builders that build
them one after the other, incidents with what was said of them.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from bot.core.model import (
    Announcement,
    BuilderRange,
    BuildRef,
    Incident,
    IncidentState,
    Kind,
    PullComment,
    RegressionRange,
    Repository,
    Signature,
    Suspect,
    Verdict,
)
from bot.store import Store
from bot.store.engine.tables import branches, builds, commits

REPO = Repository(1, "octo-org/large", "main")
SYSTEMS = ("Debian", "Fedora", "Windows11", "macOS", "Ubuntu", "RHEL9", "FreeBSD", "Alpine")
MACHINES = ("AMD64", "ARM64", "s390x", "PPC64LE", "x86")
KINDS = ("", "Debug", "Refleaks", "LTO", "NoGIL")
_ROWS = 5000  # of one statement


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is."""

    builders: int = 200
    branches: int = 10
    days: int = 90
    builds: int = 400_000
    commits: int = 40_000
    incidents: int = 3_000

    def scale(self, share: float) -> "Size":
        """A part of it: as many builders and branches, and less of their past."""
        counts = (int(n * share) for n in (self.builds, self.commits, self.incidents))
        return Size(self.builders, self.branches, self.days, *counts)


FULL = Size()


def name_branch(number: int) -> str:
    return "main" if number == 0 else f"3.{16 - number}"


def name_builder(number: int, branch: str) -> str:
    system, machine = SYSTEMS[number % 8], MACHINES[number // 8 % 5]
    return " ".join(f"{machine} {system} {KINDS[number % 5]} {number} {branch}".split())


def make_sha(branch: int, position: int) -> str:
    return f"{branch:02x}{position:06x}".ljust(40, "0")


async def fill(store: Store, size: Size, end: datetime) -> None:
    """Save it all; `end` is the moment of the newest build."""
    await store.facts.save_repository(REPO)
    for rows, table in (
        (list(_make_branches(size)), branches),
        (list(_make_commits(size, end)), commits),
        (list(_make_builds(size, end)), builds),
    ):

        def save(connection: Connection, rows: list[Any] = rows, table: Any = table) -> None:
            for at in range(0, len(rows), _ROWS):
                connection.execute(insert(table), rows[at : at + _ROWS])

        await store.database.write_at_once(save, single=False)
    await _save_incidents(store, size, end)


def _make_branches(size: Size) -> Iterator[dict[str, Any]]:
    for number in range(size.branches):
        yield {
            "repo_id": REPO.repo_id,
            "branch": name_branch(number),
            "epoch": 1,
            "version": size.builds // size.branches,
            "line_version": 1,
            "incidents_version": 1,
        }


def _make_commits(size: Size, end: datetime) -> Iterator[dict[str, Any]]:
    each = size.commits // size.branches
    for number in range(size.branches):
        for position in range(each):
            yield {
                "repo_id": REPO.repo_id,
                "branch": name_branch(number),
                "epoch": 1,
                "position": position,
                "sha": make_sha(number, position),
                "parent": make_sha(number, position - 1) if position else None,
                "at": end - timedelta(days=size.days) * (1 - position / each),
                "title": f"Change number {position} of {name_branch(number)} (#{position})",
                "author": "octocat",
                "pull": number * 10_000 + position + 1,
                "reverts": None,
            }


def _make_builds(size: Size, end: datetime) -> Iterator[dict[str, Any]]:
    """Each builder builds one branch, as CPython's and LLVM's do; every tenth build is red."""
    chance = random.Random(7)
    each, line = size.builds // size.builders, size.commits // size.branches
    for builder in range(size.builders):
        branch = builder % size.branches
        name = name_builder(builder, name_branch(branch))
        tags = f'["stable", "tier-{1 + builder // size.branches % 3}", "{name_branch(branch)}"]'
        for number in range(each):
            share = (number + chance.random()) / each
            ended = end - timedelta(days=size.days) * (1 - share)
            position = min(line - 1, int(share * line))
            yield {
                "source": "buildbot",
                "buildid": builder * each + number + 1,
                "number": number + 1,
                "builderid": builder + 1,
                "buildrequestid": builder * each + number + 1,
                "worker": f"worker-{builder % 120}",
                "branch": name_branch(branch),
                "revision": make_sha(branch, position),
                "repository": REPO.full_name,
                "scheduled_by": "branch",
                "result": 2 if chance.random() < 0.1 else 0,
                "started_at": ended - timedelta(minutes=40),
                "complete_at": ended,
                "state_string": "",
                "builder": name,
                "tags": tags,
                "repo_id": REPO.repo_id,
                "stable": True,
                "url": f"https://buildbot.example/#/builders/{builder + 1}/builds/{number + 1}",
                "note": "",
                "sources": "[]",
                "version": number + 1,
            }


_VERDICTS = tuple(Verdict)
_OPEN = 60  # of all incidents, the newest


async def _save_incidents(store: Store, size: Size, end: datetime) -> None:
    for number in range(size.branches):
        branch = name_branch(number)
        own = [
            _make_incident(size, end, number, index)
            for index in range(size.incidents // size.branches)
        ]
        await store.incidents.save_incidents(REPO.repo_id, branch, own, [])
        for incident in own[-10:]:
            if incident.pull is not None:
                told = Announcement(incident.id, incident.verdict, incident.state, end)
                comment = PullComment(
                    REPO.repo_id, incident.pull, wanted="**Broken**\n" * 60, said=(told,)
                )
                await store.incidents.save_pull_comment(comment)


def _make_incident(size: Size, end: datetime, branch: int, index: int) -> Incident:
    count, line = size.incidents // size.branches, size.commits // size.branches
    position = min(line - 1, int((index + 1) / count * line) - 1)
    verdict = _VERDICTS[index % len(_VERDICTS)]
    builders = tuple(
        name_builder(n * size.branches + branch, name_branch(branch)) for n in range(index % 4 + 1)
    )
    first = BuildRef("buildbot", (branch * (size.builds // size.builders)) + index + 1)
    span = RegressionRange(make_sha(branch, max(0, position - 3)), make_sha(branch, position))
    is_open = index >= count - _OPEN // size.branches
    pull = branch * 10_000 + position + 1
    return Incident(
        id=f"{branch:02x}{index:010x}",
        branch=name_branch(branch),
        signatures=(
            Signature(
                name_branch(branch), "unittest", Kind.TEST_FAILURE, f"test_{index % 300}", "1 != 2"
            ),
        ),
        builders=builders,
        verdict=verdict,
        state=IncidentState.OPEN if is_open else IncidentState.FIXED,
        range=span,
        ranges=tuple(BuilderRange(builder, span, None, first) for builder in builders),
        suspects=tuple(
            Suspect(make_sha(branch, max(0, position - n)), pull - n, 0.5 / (n + 1))
            for n in range(3)
        ),
        opened_at=end - timedelta(days=size.days) * (1 - (index + 1) / count),
        first_red_build=first,
        red_builds=(first,),
        pull=pull if verdict in {Verdict.SUSPECTED, Verdict.CONFIRMED} else None,
        confidence=0.5,
        reason="Two builders fail since the same commit.",
        awaited=("A build of AMD64 Debian at the commit before would settle it.",),
        closed_at=None if is_open else end,
    )


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
