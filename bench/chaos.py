"""Nothing lost, nothing said twice: the real service under kill -9 and every fault that we know.

A seeded story of a fleet is told twice: calmly, and in a storm (`bench/storm/weather.py`). The
service is `python -m bot serve`, one process on SQLite and two on PostgreSQL, killed and started
again, often with a clock that is off, and from the middle on of a newer version, one after the
other; Buildbot and GitHub are small ones on loopback that misbehave. At the end both runs are
compared: every red build accounted for, the same comments, none lost, none twice, none on a wrong
pull. Prints counts; the exit status is 1 on a violation.

    python -m bench.chaos [--seed 1] [--kills 20] [--seconds 60]
        [--database sqlite|postgresql] [--instances 2] [--github demo|strict]

A run is bounded: after the storm there are some minutes to catch up in, and then it is judged.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.storm.instances import Instances
from bench.storm.judge import (
    Outcome,
    count_same_texts,
    find_differences,
    find_other_evidence,
    find_other_incidents,
    find_violations,
)
from bench.storm.ledger import Ledger, Place, PostgresPlace, SqlitePlace
from bench.storm.stage import Stage, open_stage
from bench.storm.story import Step, tell_story
from bench.storm.strict import StrictStage
from bench.storm.weather import Weather
from bot.fakes.service_process import ServiceProcess, find_free_port
from tests.support.postgres import open_server

# A lost push waits for a sweep (45 s), a lease of a killed process for its end (20 s), an intent
# for its settle time (60 s), and what failed often for its back-off (ten minutes).
_CATCH_UP_SECONDS = 780

# While nothing new happens there are few calls to spoil: with as many faults as before, every one
# of them would fail.
_EASE = 20.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be run."""

    seed: int
    kills: int
    seconds: float
    regressions: int
    phases: int
    brief: bool = False  # without what takes a minute to mend
    stage: type[Stage] = Stage
    early: float = 0.5  # the share of kills that strike a service which is not up yet

    @property
    def pace(self) -> float:
        """Seconds between two steps."""
        return self.seconds / sum(map(len, self.tell()))

    def tell(self) -> list[list[Step]]:
        """The story's phases."""
        return tell_story(self.seed, self.regressions, self.phases, crashes=not self.brief)


@dataclass(frozen=True, slots=True)
class Report:
    """How it went."""

    calm: Outcome
    storm: Outcome
    counts: Counter[str]
    seconds: float
    quiet_after: float  # seconds from the end of the storm until all was said

    @property
    def violations(self) -> list[str]:
        """What must not be."""
        return find_violations(self.calm, self.storm)


async def run_calmly(plan: Plan, folder: Path) -> Outcome:
    """The story in fine weather, on SQLite."""
    place = SqlitePlace(folder / "calm.db")
    async with open_stage(plan.stage) as stage:
        service = _make_service(stage, folder / "calm", place.url)
        try:
            await _begin(stage, [service])
            for phase in plan.tell():
                await _play(stage, phase, 0.0)
                ledger, _ = await wait_until_quiet(stage, place)
        finally:
            await service.stop()
        return Outcome.from_stage(stage, ledger, await place.load_evidence())


async def run_in_storm(plan: Plan, place: Place, folder: Path) -> tuple[Outcome, Weather, float]:
    """The same story in a storm; with its weather, and how long it took to be quiet after it."""
    async with open_stage(plan.stage) as stage:
        chance = random.Random(plan.seed)
        services = [
            _make_service(stage, folder / f"instance{n}", url) for n, url in enumerate(place.urls)
        ]
        instances = Instances(services, place, folder, chance)
        weather = Weather(stage, instances, place, chance)
        waited = 0.0
        try:
            await _begin(stage, services)
            await weather.start(plan.kills, plan.seconds, plan.early, brief=plan.brief)
            phases = plan.tell()
            for number, phase in enumerate(phases, 1):
                weather.quota = plan.kills * number // len(phases)
                await _play(stage, phase, plan.pace)
                await _wait_for_kills(weather)
                if number == len(phases):
                    await weather.calm_down()
                weather.ease = _EASE
                ledger, waited = await wait_until_quiet(stage, place)
                weather.ease = 1.0
        finally:
            await weather.stop()
        outcome = Outcome.from_stage(stage, ledger, await place.load_evidence())
        return outcome, weather, waited


def _make_service(stage: Stage, folder: Path, url: str) -> ServiceProcess:
    folder.mkdir()
    environment = stage.make_settings(url) | {"TMPDIR": str(folder)}  # who is killed leaves litter
    return ServiceProcess(folder, environment, find_free_port())


async def _begin(stage: Stage, services: list[ServiceProcess]) -> None:
    """Up, and the first sweep done: what comes from here on may be spoken of.

    Of several instances Buildbot knows the first, and GitHub the last.
    """
    for service in services:
        await service.start()
        await service.wait_for("/health", lambda health: bool(health["last_sweep"]), 60)
    stage.attach(services[0].url, services[-1].url)


async def _play(stage: Stage, steps: list[Step], pace: float) -> None:
    for step in steps:
        await stage.play(step)
        await asyncio.sleep(pace)


async def _wait_for_kills(weather: Weather) -> None:
    while not weather.killing_is_done:
        await asyncio.sleep(0.1)


async def wait_until_quiet(stage: Stage, place: Place) -> tuple[Ledger, float]:
    """Until all builds are read, all keys are done and all is said, or time is up; and how long."""
    began = time.monotonic()
    quiet, last = 0, None
    while quiet < 3 and time.monotonic() - began < _CATCH_UP_SECONDS:
        await asyncio.sleep(0.25)
        ledger = await place.load()
        last = ledger or last
        quiet = quiet + 1 if ledger is not None and _is_quiet(stage, ledger) else 0
    if last is None:
        raise TimeoutError("the database could never be read")
    return last, time.monotonic() - began


def _is_quiet(stage: Stage, ledger: Ledger) -> bool:
    builds = stage.buildbot.master.builds.values()
    unread = {row["buildid"] for row in builds if row["complete"]} - ledger.builds.keys()
    return not unread and not ledger.keys and not ledger.unsaid


@contextmanager
def open_place(database: str, folder: Path, instances: int = 1) -> Iterator[Place]:
    """An empty database that outlives a kill, for it waits for the disk; on SQLite for one."""
    if database == "sqlite":
        yield SqlitePlace(folder / "storm.db")
        return
    with open_server(durable=True) as server:
        if server is None:
            raise SystemExit("PostgreSQL is not installed here")
        with server.database() as found:
            yield PostgresPlace(server, found.url, instances)


async def run(plan: Plan, place: Place, folder: Path) -> Report:
    """Both runs, side by side."""
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        calm = group.create_task(run_calmly(plan, folder))
        storm = group.create_task(run_in_storm(plan, place, folder))
    outcome, weather, quiet_after = storm.result()
    return Report(calm.result(), outcome, weather.counts, time.monotonic() - began, quiet_after)


def show(plan: Plan, report: Report, database: str) -> None:
    """The table, and every violation."""
    storm, calm = report.storm, report.calm
    noted = sum(bool(storm.ledger.builds.get(i)) for i in storm.reds)
    rows: list[tuple[str, object]] = [
        ("database", database),
        ("GitHub", "strict" if plan.stage is StrictStage else "demo"),
        ("seed", plan.seed),
        ("builds finished", len(storm.builds)),
        ("red builds", len(storm.reds)),
        ("  with facts", sum(i in storm.ledger.builds for i in storm.reds)),
        ("  with a note why not", noted),
        ("comments, calm run", len(calm.standing)),
        ("comments, storm", len(storm.standing)),
        ("  with the very same text", count_same_texts(calm, storm)),
        ("  ever posted", sum(storm.ever.values())),
        ("incidents, calm run", len(calm.incidents)),
        ("incidents, storm", len(storm.incidents)),
        *sorted(report.counts.items()),
        ("seconds from its end until all was told", round(report.quiet_after)),
        ("seconds in all", round(report.seconds)),
    ]
    for name, value in rows:
        print(f"{name:<40} {value}")
    for find in (find_differences, find_other_incidents, find_other_evidence):
        for words in find(calm, storm):
            print(f"differs {words}")
    for violation in report.violations:
        print(f"VIOLATION {violation}")


def keep(folder: Path, report: Report) -> None:
    """What both runs left, for those who look for the reason of a difference."""
    for name, outcome in (("calm", report.calm), ("storm", report.storm)):
        left = {"standing": outcome.standing, "evidence": outcome.evidence}
        (folder / f"{name}.json").write_text(json.dumps(left, indent=1, default=str))


def main(args: argparse.Namespace) -> int:
    """Run, print, judge."""
    regressions = args.regressions or max(4, args.kills // 10)
    phases = max(2, regressions // 8)
    stage = StrictStage if args.github == "strict" else Stage
    plan = Plan(
        args.seed,
        args.kills,
        args.seconds,
        regressions,
        phases,
        stage=stage,
        early=args.early,
    )
    folder = Path(args.folder or tempfile.mkdtemp(prefix="nightswatch-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    with open_place(args.database, folder, args.instances) as place:
        report = asyncio.run(run(plan, place, folder))
    show(plan, report, args.database)
    keep(folder, report)
    if report.violations:
        print(f"the logs are in {folder}")
    return 1 if report.violations else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60, help="over which the kills are spread")
    parser.add_argument("--regressions", type=int, default=0, help="0: as many as fit the kills")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--early", type=float, default=0.5, help="share of kills at a start")
    parser.add_argument("--instances", type=int, default=2, help="on PostgreSQL; SQLite has one")
    parser.add_argument(
        "--github",
        choices=("demo", "strict"),
        default="demo",
        help="strict: the one that checks every request, from NIGHTSWATCH_DATA",
    )
    parser.add_argument("--folder", help="for the databases and logs; a temporary one if not given")
    sys.exit(main(parser.parse_args()))
