"""Nothing lost, nothing said twice: the real service under kill -9 and every fault that we know.

A seeded story of a fleet is told twice: calmly, and in a storm (`bench/storm/weather.py`). The
service is `python -m bot serve`, a process that is killed and started again, often with a clock
that is off; Buildbot and GitHub are small ones on loopback that misbehave. At the end both runs are
compared: every red build accounted for, the same comments, none lost, none twice, none on a wrong
pull. Prints counts; the exit status is 1 on a violation.

    python -m bench.chaos [--seed 1] [--kills 20] [--seconds 60] [--database sqlite|postgresql]

A run is bounded: after the storm there are some minutes to catch up in, and then it is judged.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.storm.judge import Outcome, count_same_texts, find_differences, find_violations
from bench.storm.ledger import Ledger, Place, PostgresPlace, SqlitePlace
from bench.storm.stage import Stage, open_stage
from bench.storm.story import Step, tell_story
from bench.storm.weather import Weather
from bot.demo.service import Service, find_free_port
from tests.postgres import open_server

# A lost push waits for a sweep (45 s), a lease of a killed process for its end (20 s), an intent
# for its settle time (60 s), and what failed often for its back-off: together some minutes.
_CATCH_UP_SECONDS = 420

# While nothing new happens there are few calls to spoil: with as many faults as before, every one
# of them would fail.
_EASE = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be run."""

    seed: int
    kills: int
    seconds: float
    regressions: int
    phases: int
    brief: bool = False  # without what takes a minute to mend

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
    slowest_catch_up: float

    @property
    def violations(self) -> list[str]:
        """What must not be."""
        return find_violations(self.calm, self.storm)


async def run_calmly(plan: Plan, folder: Path) -> Outcome:
    """The story in fine weather, on SQLite."""
    place = SqlitePlace(folder / "calm.db")
    async with open_stage() as stage:
        service = Service(folder, stage.make_settings(place.url), find_free_port())
        try:
            await _begin(stage, service)
            for phase in plan.tell():
                await _play(stage, phase, 0.0)
                ledger, _ = await wait_until_quiet(stage, place)
        finally:
            await service.stop()
        return Outcome.from_stage(stage, ledger)


async def run_in_storm(plan: Plan, place: Place, folder: Path) -> tuple[Outcome, Weather, float]:
    """The same story in a storm; with its weather, and the longest wait for all to be told."""
    waits: list[float] = []
    async with open_stage() as stage:
        service = Service(folder, stage.make_settings(place.url), find_free_port())
        weather = Weather(stage, service, place, folder, random.Random(plan.seed))
        try:
            await _begin(stage, service)
            await weather.start(plan.kills, plan.seconds, brief=plan.brief)
            phases = plan.tell()
            for number, phase in enumerate(phases, 1):
                await _play(stage, phase, plan.pace)
                if number == len(phases):
                    await _wait_for_kills(weather)
                    await weather.calm_down()
                weather.ease = _EASE
                ledger, waited = await wait_until_quiet(stage, place)
                weather.ease = 1.0
                waits.append(waited)
        finally:
            await weather.stop()
        return Outcome.from_stage(stage, ledger), weather, max(waits)


async def _begin(stage: Stage, service: Service) -> None:
    """Up, and the first sweep done: what comes from here on may be spoken of."""
    await service.start()
    await service.wait_for("/health", lambda health: bool(health["last_sweep"]), 30)
    stage.attach(service.url)


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
def open_place(database: str, folder: Path) -> Iterator[Place]:
    """An empty database that outlives a kill: it waits for the disk."""
    if database == "sqlite":
        yield SqlitePlace(folder / "storm.db")
        return
    with open_server(durable=True) as server:
        if server is None:
            raise SystemExit("PostgreSQL is not installed here")
        with server.database() as found:
            yield PostgresPlace(server, found.url)


async def run(plan: Plan, place: Place, folder: Path) -> Report:
    """Both runs, side by side."""
    calm_folder = folder / "calm"
    calm_folder.mkdir()
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        calm = group.create_task(run_calmly(plan, calm_folder))
        storm = group.create_task(run_in_storm(plan, place, folder))
    outcome, weather, slowest = storm.result()
    return Report(calm.result(), outcome, weather.counts, time.monotonic() - began, slowest)


def show(plan: Plan, report: Report, database: str) -> None:
    """The table, and every violation."""
    storm, calm = report.storm, report.calm
    noted = sum(bool(storm.ledger.builds.get(i)) for i in storm.reds)
    rows: list[tuple[str, object]] = [
        ("database", database),
        ("seed", plan.seed),
        ("builds finished", len(storm.builds)),
        ("red builds", len(storm.reds)),
        ("  with facts", sum(i in storm.ledger.builds for i in storm.reds)),
        ("  with a note why not", noted),
        ("comments, calm run", len(calm.standing)),
        ("comments, storm", len(storm.standing)),
        ("  with the very same text", count_same_texts(calm, storm)),
        ("  ever posted", sum(storm.ever.values())),
        ("incidents as in the calm run", storm.ledger.incidents == calm.ledger.incidents),
        *sorted(report.counts.items()),
        ("slowest catching up, s", round(report.slowest_catch_up)),
        ("seconds in all", round(report.seconds)),
    ]
    for name, value in rows:
        print(f"{name:<40} {value}")
    for words in find_differences(calm, storm):
        print(f"differs {words}")
    for violation in report.violations:
        print(f"VIOLATION {violation}")


def main(args: argparse.Namespace) -> int:
    """Run, print, judge."""
    regressions = args.regressions or max(4, args.kills // 10)
    phases = max(2, regressions // 8)
    plan = Plan(args.seed, args.kills, args.seconds, regressions, phases)
    folder = Path(args.folder or tempfile.mkdtemp(prefix="nightswatch-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    with open_place(args.database, folder) as place:
        report = asyncio.run(run(plan, place, folder))
    show(plan, report, args.database)
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
    parser.add_argument("--folder", help="for the databases and logs; a temporary one if not given")
    sys.exit(main(parser.parse_args()))
