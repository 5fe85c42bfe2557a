"""The logs of a build that are worth reading, read.

In: a build, its source and the reader. Out: readings by log, which steps ran, and named reasons for
what could not be read for good. What may pass raises `Unavailable`, and the build is read later.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.errors import Refused
from bot.core.failures.failed_steps import find_decisive, find_failed
from bot.core.failures.from_build import (
    find_logs_to_read,
    find_steps,
    make_step_runs,
    place_runs,
)
from bot.core.model import Build, Log, Reading, Step, StepRun
from bot.core.model.build_results import is_green, is_read
from bot.core.ports import CiSource, LogReader
from bot.logs import cross_check

_DELETED = "log deleted by the master"


@dataclass(frozen=True, slots=True)
class LogsRead:
    """What was read of a build's logs."""

    parts: tuple[tuple[Log, Reading], ...] = ()
    notes: tuple[str, ...] = ()  # why some could not be read
    steps: tuple[str, ...] | None = None  # those that ran and did not fail; None: not known
    step_runs: tuple[StepRun, ...] | None = None

    @property
    def named(self) -> tuple[tuple[str, Reading], ...]:
        """The readings by "step/log"."""
        return tuple((_name(log), reading) for log, reading in self.parts)


async def read_build_logs(source: CiSource, reader: LogReader, build: Build) -> LogsRead:
    """What the logs say that are worth reading: of failed steps all, of a green build the tails."""
    if not is_read(build.result):
        return LogsRead()
    green = is_green(build.result)
    steps = await source.fetch_steps(build.buildid)
    wanted, notes = (steps, ()) if green else await _find_steps_to_read(source, build, steps)
    logs = await source.fetch_logs(wanted)
    parts, gaps = await _read(source, reader, build, find_logs_to_read(build, logs))
    ran = find_steps(logs) if green else None
    return LogsRead(parts, (*notes, *gaps), ran, make_step_runs(logs, parts))


async def read_some_logs(
    source: CiSource, reader: LogReader, build: Build, is_wanted: Callable[[Log], bool]
) -> LogsRead:
    """The logs that somebody asks for by name, whole, whatever became of the build."""
    logs = await source.fetch_logs(await source.fetch_steps(build.buildid))
    wanted = [(log, None) for log in logs if is_wanted(log)]
    return LogsRead(*await _read(source, reader, build, wanted))


async def _find_steps_to_read(
    source: CiSource, build: Build, steps: Sequence[Step]
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """Earlier builds are asked only where several steps failed, which is rare."""
    tolerated: frozenset[str] = frozenset()
    if len(find_failed(steps)) > 1:
        tolerated = await source.fetch_tolerated_steps(build.builderid)
    return find_decisive(build, steps, tolerated)


async def _read(
    source: CiSource,
    reader: LogReader,
    build: Build,
    wanted: Sequence[tuple[Log, int | None]],
) -> tuple[tuple[tuple[Log, Reading], ...], tuple[str, ...]]:
    parts: list[tuple[Log, Reading]] = []
    notes: list[str] = []
    for log, last in wanted:
        if log.deleted:
            notes.append(f"{_name(log)}: {_DELETED}")
            continue
        try:
            chunks = source.stream_log(log, last)
            reading = await reader.read(chunks, step=log.step)
            parts.append((log, place_runs(build, log, reading)))
        except Refused as refused:
            notes.append(f"{_name(log)}: {refused.reason}")
    return check_files(parts), tuple(notes)


def check_files(parts: Sequence[tuple[Log, Reading]]) -> tuple[tuple[Log, Reading], ...]:
    """A step may hand in its results as a file, too: what failed is counted once."""
    checked: dict[int, Reading] = {}
    for step in dict.fromkeys(log.step for log, _ in parts):
        places = [n for n, (log, _) in enumerate(parts) if log.step == step]
        named = [(parts[n][0].name, parts[n][1]) for n in places]
        checked |= zip(places, cross_check(named), strict=True)
    return tuple((log, checked[n]) for n, (log, _) in enumerate(parts))


def _name(log: Log) -> str:
    return f"{log.step}/{log.name}"
