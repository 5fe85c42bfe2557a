"""How many bytes a row takes, and what that makes a day for CPython's and LLVM's fleets.

Builds are saved as the road saves them, with the readings of real log formats; then each table's
bytes, indexes included, are asked of the database itself. Rates are counted or, where they are
assumptions, said to be.

    python -m bench.growth [--builds 2000] [--database sqlite|postgresql]
"""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from bench.chaos import open_place
from bench.storm.ledger import Place, SqlitePlace
from bench.storm.stage import make_log
from bot.app.wiring import SystemClock
from bot.core.failures.from_build import find_occurrences
from bot.core.model import (
    Build,
    Builder,
    BuildRecord,
    BuildRef,
    Commit,
    Incident,
    IncidentState,
    Log,
    RegressionRange,
    ScheduledBy,
    Suspect,
    Verdict,
    build_key,
)
from bot.core.model.build_results import Result
from bot.logs import LogScanner
from bot.store import Store, open_store
from bot.store.engine.tables import metadata

_AT = datetime(2026, 3, 2, tzinfo=UTC)
_BRANCH, _REPO = "main", 1

# Of the builds of the recorded fleets of clang, 13 to 18 in a hundred are red.
_RED_SHARE = 0.13


@dataclass(frozen=True, slots=True)
class Fleet:
    """What happens on a day."""

    name: str
    builds: int
    merges: int
    incidents: int
    deliveries: int


# LLVM: 200 builders, 5,000 builds and 500 merges. CPython: some 110 builders on five branches,
# 25 merges; each moves the builders of its branch once or twice. Incidents and deliveries are
# assumed: one in fifty red builds is new, and a merge is told of in two deliveries among twenty.
FLEETS = (
    Fleet("CPython", builds=1200, merges=25, incidents=10, deliveries=500),
    Fleet("LLVM", builds=5000, merges=500, incidents=60, deliveries=10_000),
)


def read(failing: tuple[str, ...]) -> BuildRecord:
    """The facts of a build whose log says so."""
    scanner = LogScanner()
    scanner.feed(make_log(failing, 200_000).encode())
    build = Build(
        source="buildbot",
        buildid=1,
        number=1,
        builderid=1,
        buildrequestid=1,
        worker="itamaro-ubuntu-aws",
        branch=_BRANCH,
        revision="a" * 40,
        repository="octo-org/demo",
        scheduled_by=ScheduledBy.BRANCH,
        result=Result.FAILURE if failing else Result.SUCCESS,
        started_at=_AT,
        complete_at=_AT,
        state_string="failed test (failure)" if failing else "build successful",
    )
    builder = Builder("buildbot", 1, "AMD64 Debian root 3.x", ("3.x", "stable", "tier-1", "linux"))
    facts = BuildRecord(build, builder, _REPO, stable=True, reading=scanner.finish())
    url = "https://buildbot.example.org/#/builders/1/builds/1"
    log = Log(1, "test", 1, build.result, "stdio", lines=1)
    sightings = find_occurrences(build, [(log, facts.reading)] if facts.reading else [])
    return replace(facts, sightings=sightings, url=url, sources=("test/stdio",))


def make_incident(number: int) -> Incident:
    """One with what a middling one has: twenty suspects, ten red builds."""
    sha = f"{number:040x}"
    return Incident(
        id=f"{number:012x}",
        branch=_BRANCH,
        signatures=tuple(s.signature for s in read(("test_ssl",)).sightings),
        builders=("AMD64 Debian root 3.x",),
        verdict=Verdict.UNKNOWN,
        state=IncidentState.OPEN,
        range=RegressionRange(sha, sha),
        ranges=(),
        suspects=tuple(Suspect(f"{n:040x}", n, 0.05) for n in range(20)),
        opened_at=_AT + timedelta(minutes=number),
        first_red_build=BuildRef("buildbot", number + 1),
        red_builds=tuple(BuildRef("buildbot", n) for n in range(number, number + 10)),
    )


async def fill(store: Store, builds: int) -> None:
    """As many rows as that many builds make."""
    red, green = read(("test_ssl", "test_asyncio")), read(())
    for number in range(1, builds + 1):
        facts = red if number % 100 < 100 * _RED_SHARE else green
        at = _AT + timedelta(seconds=20 * number)
        build = replace(facts.build, buildid=number, number=number, complete_at=at)
        await store.facts.save_build(replace(facts, build=build), [])
    commits = [
        Commit(f"{n:040x}", f"{n - 1:040x}", _AT, f"gh-{n}: Do something", "octocat", n)
        for n in range(builds // 10)
    ]
    await store.facts.save_line(_REPO, _BRANCH, commits, new_epoch=True)
    for commit in commits:
        await store.facts.save_files(_REPO, commit.sha, ["Lib/ssl.py", "Lib/test/test_ssl.py"])
    incidents = [make_incident(number) for number in range(builds // 20)]
    await store.incidents.save_incidents(_REPO, _BRANCH, incidents, [])
    for number in range(builds // 2):
        guid = f"72d3162e-cc78-11e3-81ab-4c93{number:08x}"
        await store.deliveries.take_delivery(guid, [build_key("buildbot", number)])


async def measure(place: Place, builds: int) -> tuple[dict[str, int], dict[str, int]]:
    """Bytes and rows by table."""
    store = await open_store(place.url, SystemClock())
    await fill(store, builds)
    async with store.database.read() as connection:
        rows = {
            table.name: await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }
        sizes = {}
        if not isinstance(place, SqlitePlace):
            for name in rows:
                found = await connection.scalar(text(f"SELECT pg_total_relation_size('{name}')"))
                sizes[name] = int(found or 0)
    await store.close()
    return sizes or measure_sqlite(place, rows), rows


def measure_sqlite(place: Place, rows: Mapping[str, int]) -> dict[str, int]:
    """What each table's and index's pages hold."""
    assert isinstance(place, SqlitePlace)
    connection = sqlite3.connect(place.path)
    query = (
        "SELECT m.tbl_name, sum(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name"
        " GROUP BY m.tbl_name"
    )
    sizes = dict(connection.execute(query).fetchall())
    connection.close()
    return {name: int(sizes.get(name, 0)) for name in rows}


def show(sizes: Mapping[str, int], rows: Mapping[str, int], builds: int) -> None:
    """Bytes a row, and kilobytes a day."""
    each = {name: sizes[name] / rows[name] for name in rows if rows[name]}
    a_build = {n: rows[n] / builds for n in ("builds", "failures", "test_runs") if n in rows}
    print(f"{'table':<12} {'bytes/row':>10}" + "".join(f"{f.name + ' kB/day':>16}" for f in FLEETS))
    totals = [0.0] * len(FLEETS)
    for name, size in sorted(each.items()):
        days = [size * _count(name, fleet, a_build) / 1000 for fleet in FLEETS]
        totals = [total + day for total, day in zip(totals, days, strict=True)]
        print(f"{name:<12} {size:>10.0f}" + "".join(f"{day:>16.0f}" for day in days))
    print(f"{'together':<12} {'':>10}" + "".join(f"{total:>16.0f}" for total in totals))


def _count(table: str, fleet: Fleet, a_build: Mapping[str, float]) -> float:
    """Rows a day."""
    fixed = {
        "commits": fleet.merges,
        "files": fleet.merges,
        "incidents": fleet.incidents,
        "deliveries": fleet.deliveries,
    }
    return fixed.get(table, a_build.get(table, 0.0) * fleet.builds)


def main(args: argparse.Namespace) -> int:
    """Fill, measure, print."""
    for database in args.database.split(","):
        with (
            tempfile.TemporaryDirectory() as folder,
            open_place(database, Path(folder)) as place,
        ):
            sizes, rows = asyncio.run(measure(place, args.builds))
        print(f"-- {database}, {args.builds} builds")
        show(sizes, rows, args.builds)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builds", type=int, default=2000)
    parser.add_argument("--database", default="sqlite,postgresql")
    sys.exit(main(parser.parse_args()))
