"""We were away for a day: what catching up costs, how long it takes, and what is said then.

The service is up once and stops; a fleet builds on for thirty hours, and nobody hears of it. Four
pulls break a test meanwhile: one is mended again, one shows on machines that are switched off soon
after, two are red at the end. Then the service starts again. Prints the calls of Buildbot and
GitHub until there is nothing left to do, and what is said on each of the four, or why nothing is.

    python -m bench.outage [--hours 30] [--merges 100] [--database sqlite|postgresql]
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.chaos import open_place
from bench.storm.ledger import Place
from bench.storm.stage import Stage, open_stage
from bench.storm.story import BUILDERS, FIRST_PULL, Build, Merge, Step
from bot.core.model.build_results import Result
from bot.fakes.service_process import ServiceProcess, find_free_port

# Redelivered webhooks are a second apart, as GitHub asks of all that writes.
_PATIENCE_SECONDS = 900

# The limits that people get who set none.
_AS_SHIPPED = ("COMMENTS_PER_HOUR", "COMMENTS_PER_DAY", "BACKLOG_HOURS")

_LEFT = {
    "unread": "SELECT buildid FROM builds",
    "keys": "SELECT kind, key FROM inbox",
}


@dataclass(frozen=True, slots=True)
class Break:
    """A test that breaks after a share of the merges; mended or switched off after another."""

    what: str
    test: str
    builders: tuple[str, ...]
    begin: float
    mended: float = 2.0
    off: float = 2.0


BREAKS = (
    Break("its machines were switched off", "test_early", BUILDERS[8:11], begin=0.02, off=0.08),
    Break("mended while we were away", "test_mended", BUILDERS[0:3], begin=0.2, mended=0.4),
    Break("red since the middle", "test_middle", BUILDERS[2:6], begin=0.5),
    Break("red since shortly before the end", "test_late", BUILDERS[4:7], begin=0.9),
)


def tell_outage(merges: int) -> Iterator[Step]:
    """A merge, and all builders build it; and so on."""
    for n in range(merges):
        yield Merge(FIRST_PULL + n, f"Change {n}", f"Lib/module{n % 17}.py")
        share = n / merges
        for builder in BUILDERS:
            mine = [one for one in BREAKS if builder in one.builders]
            if any(share >= one.off for one in mine):
                continue
            failing = tuple(one.test for one in mine if one.begin <= share < one.mended)
            result = Result.FAILURE if failing else Result.SUCCESS
            yield Build(builder, FIRST_PULL + n, result, failing)


def find_culprit(one: Break, merges: int) -> int:
    """The pull that broke it."""
    return FIRST_PULL + next(n for n in range(merges) if n / merges >= one.begin)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went."""

    builds: int
    buildbot: Counter[str]
    github: Counter[str]
    told_after: float
    done_after: float
    pulls: dict[int, dict[str, Any]]


async def run(merges: int, hours: float, place: Place, folder: Path) -> Outcome:
    """Up, away for so long, and up again."""
    async with open_stage() as stage:
        settings = stage.make_settings(place.url)
        settings = {name: settings[name] for name in settings if name not in _AS_SHIPPED}
        service = ServiceProcess(folder, settings, find_free_port())
        try:
            await _begin(stage, service, place)
            steps = list(tell_outage(merges))
            stage.step = timedelta(hours=hours) / len(steps)
            for step in steps:
                await stage.play(step)
            return await _catch_up(stage, service, place)
        finally:
            await service.stop()


async def _begin(stage: Stage, service: ServiceProcess, place: Place) -> None:
    """Up for so long that the past is read, and both sweeps know from where on they count."""
    await service.start()
    stage.attach(service.url)
    while await _find_left(stage, place):
        await asyncio.sleep(0.25)
    await service.stop()


async def _catch_up(stage: Stage, service: ServiceProcess, place: Place) -> Outcome:
    before = stage.buildbot.counts(), stage.github.counts()
    known = await place.load()
    read = len(known.builds) if known else 0
    began = time.monotonic()
    await service.start()
    told_after = 0.0
    while (left := await _find_left(stage, place)) and time.monotonic() - began < _PATIENCE_SECONDS:
        told_after = told_after if left == {"sweep"} else time.monotonic() - began
        await asyncio.sleep(0.25)
    page = await service.get("/api/v1/pulls")
    return Outcome(
        builds=len(stage.buildbot.master.builds) - read,
        buildbot=stage.buildbot.counts() - before[0],
        github=stage.github.counts() - before[1],
        told_after=told_after,
        done_after=time.monotonic() - began,
        pulls={row["number"]: row for row in page["pulls"]},
    )


async def _find_left(stage: Stage, place: Place) -> set[str]:
    """The kinds of what is still to be done; a sweep may go on when all is told."""
    rows = await place.fetch(_LEFT)
    if rows is None:
        return {"build"}
    unread = stage.buildbot.master.builds.keys() - {buildid for (buildid,) in rows["unread"]}
    return {kind for kind, _ in rows["keys"]} | ({"build"} if unread else set())


def show(outcome: Outcome, merges: int, hours: float, database: str) -> None:
    """The table."""
    buildbot, github = outcome.buildbot.total(), outcome.github.total()
    rows: list[tuple[str, object]] = [
        ("database", database),
        ("hours away", hours),
        ("merges meanwhile", merges),
        ("builds meanwhile", outcome.builds),
        ("calls of Buildbot", buildbot),
        ("  a build", round(buildbot / outcome.builds, 1)),
        ("calls of GitHub", github),
        *((f"  {op}", count) for op, count in outcome.github.most_common()),
        ("seconds until all was told", round(outcome.told_after)),
        ("seconds until all was done", round(outcome.done_after)),
    ]
    for name, value in rows:
        print(f"{name:<40} {value}")
    for one in BREAKS:
        row = outcome.pulls.get(find_culprit(one, merges), {})
        silence = row.get("why_silent") or "no incident accuses it"
        told = "told" if row.get("comment_id") else f"silent: {silence}"
        print(f"{one.what:<40} {told}")
    others = outcome.pulls.keys() - {find_culprit(one, merges) for one in BREAKS}
    wrong = [n for n in others if outcome.pulls[n]["comment_id"]]
    print(f"{'comments on other pulls':<40} {len(wrong)}")


def main(args: argparse.Namespace) -> int:
    """Run and print."""
    folder = Path(tempfile.mkdtemp(prefix="nightswatch-outage-"))
    with open_place(args.database, folder) as place:
        outcome = asyncio.run(run(args.merges, args.hours, place, folder))
    show(outcome, args.merges, args.hours, args.database)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=30)
    parser.add_argument("--merges", type=int, default=100)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    sys.exit(main(parser.parse_args()))
