"""What else differs between the last green build and the first red one, besides the commits.

In: the two builds, as far as they are stored. Out: what was, what is. What is the same is left out:
where nothing differs, only the commits are left.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.core.model import BuilderRange, BuildRecord, BuildRef, Incident


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class BuilderDifferences:
    """What differs on one builder."""

    builder: str
    green: BuildRecord
    red: BuildRecord
    differences: tuple[Difference, ...]


# A build that takes so much more or less did other work; what differs by less is the weather.
_MUCH = 2.0
_LEAST = timedelta(minutes=2)


def find_differences(
    incident: Incident, builds: Sequence[BuildRecord]
) -> tuple[BuilderDifferences, ...]:
    """For each builder of which both ends of the range are known."""
    known = {record.build.ref: record for record in builds}
    found = (_compare(one, known) for one in incident.ranges)
    return tuple(one for one in found if one is not None)


def _compare(one: BuilderRange, known: Mapping[BuildRef, BuildRecord]) -> BuilderDifferences | None:
    green = known.get(one.last_good_build) if one.last_good_build else None
    red = known.get(one.first_bad_build)
    if green is None or red is None:
        return None
    return BuilderDifferences(one.builder, green, red, tuple(_find(green, red)))


def _find(green: BuildRecord, red: BuildRecord) -> Iterator[Difference]:
    if green.build.worker != red.build.worker:
        yield Difference("worker", green.build.worker, red.build.worker)
    if green.build.scheduled_by is not red.build.scheduled_by:
        before, after = green.build.scheduled_by.value, red.build.scheduled_by.value
        yield Difference("scheduled by", before, after)
    if green.builder.tags != red.builder.tags:
        yield Difference("tags", ", ".join(green.builder.tags), ", ".join(red.builder.tags))
    yield from _compare_environments(green, red)
    yield from _compare_steps(green, red)
    yield from _compare_times(green, red)


def _compare_steps(green: BuildRecord, red: BuildRecord) -> Iterator[Difference]:
    """Steps whose command is another one; one that did not come to run is no difference."""
    if green.step_runs is None or red.step_runs is None:
        return
    before = {step.name: step.command for step in green.step_runs}
    for step in red.step_runs:
        if step.name not in before:
            yield Difference(f"step {step.name}", "", step.command or "it runs")
        elif before[step.name] != step.command:
            yield Difference(f"step {step.name}", before[step.name] or "", step.command or "")


def _compare_environments(green: BuildRecord, red: BuildRecord) -> Iterator[Difference]:
    """Kernel, compiler and libraries, as far as the logs of both builds tell of them."""
    if green.reading is None or red.reading is None:
        return
    before = dict(green.reading.environment)
    for name, after in red.reading.environment:
        if name in before and before[name] != after:
            yield Difference(name, before[name], after)


def _compare_times(green: BuildRecord, red: BuildRecord) -> Iterator[Difference]:
    first, second = _find_span(green), _find_span(red)
    if first is None or second is None or abs(first - second) < _LEAST:
        return
    if max(first, second) >= _MUCH * min(first, second):
        yield Difference("duration", _tell(first), _tell(second))


def _find_span(record: BuildRecord) -> timedelta | None:
    end = record.build.complete_at
    return None if end is None else max(end - record.build.started_at, timedelta(0))


def _tell(span: timedelta) -> str:
    return f"{span.total_seconds() / 60:.0f} min"
