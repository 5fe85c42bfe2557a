"""The readings of a build's logs → one reading of the build."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.log_reading import Kind, Reading
from bot.logs.build_reading import RANK
from bot.logs.excerpt import LIMIT


def merge_readings(parts: Sequence[tuple[str, Reading]]) -> Reading:
    """One reading of several logs, named after their steps, in the order of the steps.

    The failures of all are kept; kind, seed, command and so on are those of the gravest one.
    """
    if not parts:
        return Reading(notes=("no log was read",))
    readings = [reading for _, reading in parts]
    gravest = min(readings, key=lambda reading: RANK[reading.kind])
    return Reading(
        kind=gravest.kind,
        failures=tuple(failure for reading in readings for failure in reading.failures),
        excerpt=_share(readings, gravest),
        rerun=_find(readings, gravest, "rerun"),
        seed=_find(readings, gravest, "seed"),
        command=gravest.command,
        reproduce=_find(readings, gravest, "reproduce"),
        exit_status=gravest.exit_status,
        runs=tuple(run for reading in readings for run in reading.runs),
        notes=tuple(f"{name}: {note}" for name, reading in parts for note in reading.notes),
        bytes=sum(reading.bytes for reading in readings),
        lines=sum(reading.lines for reading in readings),
        partial=any(reading.partial for reading in readings),
        environment=_join_environments(readings),
    )


def _share(readings: Sequence[Reading], gravest: Reading) -> tuple[str, ...]:
    """The gravest log first; logs that say nothing of a failure only when none does."""
    telling = [r for r in readings if r.kind is not Kind.UNKNOWN] or [gravest]
    telling.sort(key=lambda reading: RANK[reading.kind])
    taken: list[str] = []
    for n, reading in enumerate(telling):
        share = (LIMIT - len(taken)) // (len(telling) - n)
        taken += reading.excerpt[:share]
    return tuple(taken)


def _join_environments(readings: Sequence[Reading]) -> tuple[tuple[str, str], ...]:
    """Each thing as the first log tells it: the steps of a build run on one machine."""
    found: dict[str, str] = {}
    for reading in readings:
        found = {**dict(reading.environment), **found}
    return tuple(sorted(found.items()))


def _find(readings: Sequence[Reading], gravest: Reading, name: str) -> str | None:
    """What the gravest log says, or else any."""
    values: list[str | None] = [getattr(reading, name) for reading in (gravest, *readings)]
    return next((value for value in values if value), None)
