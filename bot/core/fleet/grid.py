"""The grid: commits (or hours) down, builders across, what each build came to; pure.

In: rows of commits or of time, the builders that are shown, builds, incidents. Out: rows of cells,
and for each incident the rows of its regression range, drawn as a bracket.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.core.fleet.builder_record import RecentBuild
from bot.core.model import BuildRef, Commit, Incident, Verdict

MOST_BRACKETS = 4
"""Side by side; an incident that finds no room beside others has its marks only."""


class Bracket(StrEnum):
    """A piece of the bracket around a regression range; commits run from the newest down."""

    TOP = "top"  # the first commit seen bad
    MIDDLE = "middle"
    BOTTOM = "bottom"  # the first suspect after the last commit seen good
    ONLY = "only"  # a range of one commit


@dataclass(frozen=True, slots=True)
class BuiltBy:
    """A build and the builder that made it."""

    builder: str
    build: RecentBuild


@dataclass(frozen=True, slots=True)
class GridCell:
    """The builds of one builder in one row, the newest first, with the incident of each."""

    builds: tuple[tuple[RecentBuild, Incident | None], ...]


@dataclass(frozen=True, slots=True)
class BracketPiece:
    """Part of an incident's range in one row; `lane` 0 stands next to the commits."""

    lane: int
    piece: Bracket
    incident: Incident


@dataclass(frozen=True, slots=True)
class GridRow:
    """A commit or an hour, and what each builder made of it; None: nothing."""

    commit: Commit | None
    hour: datetime | None
    brackets: tuple[BracketPiece, ...]
    cells: tuple[GridCell | None, ...]  # in the order of the builders


def make_commit_rows(
    commits: Sequence[Commit],
    builders: Sequence[str],
    builds: Iterable[BuiltBy],
    incidents: Sequence[Incident],
) -> list[GridRow]:
    """A row for each commit, which come and stay newest first."""
    places = {commit.sha: at for at, commit in enumerate(commits)}
    brackets = find_brackets(commits, incidents)
    cells = _find_cells(
        ((places.get(b.build.revision or "", -1), b) for b in builds), builders, incidents
    )
    return [
        GridRow(commit, None, tuple(brackets.get(at, ())), cells.get(at, _EMPTY * len(builders)))
        for at, commit in enumerate(commits)
    ]


def make_hour_rows(
    builders: Sequence[str], builds: Sequence[BuiltBy], incidents: Sequence[Incident]
) -> list[GridRow]:
    """A row for each hour in which a build ended or runs since, the newest first."""
    hours = sorted({find_hour(b.build) for b in builds}, reverse=True)
    places = {hour: at for at, hour in enumerate(hours)}
    cells = _find_cells(((places[find_hour(b.build)], b) for b in builds), builders, incidents)
    return [
        GridRow(None, hour, (), cells.get(at, _EMPTY * len(builders)))
        for at, hour in enumerate(hours)
    ]


_EMPTY: tuple[GridCell | None, ...] = (None,)


def find_hour(build: RecentBuild) -> datetime:
    """The full hour in which a build ended; of one that runs, in which it began."""
    at = (build.complete_at or build.started_at).astimezone(UTC)
    return at - timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _find_cells(
    placed: Iterable[tuple[int, BuiltBy]], builders: Sequence[str], incidents: Iterable[Incident]
) -> dict[int, tuple[GridCell | None, ...]]:
    """The cells of each row that has any."""
    columns = {name: at for at, name in enumerate(builders)}
    shown_by = _find_shown_by(incidents)
    found: defaultdict[int, defaultdict[int, list[RecentBuild]]]
    found = defaultdict(lambda: defaultdict(list))
    for row, built in placed:
        if row >= 0 and built.builder in columns:
            found[row][columns[built.builder]].append(built.build)
    return {
        row: tuple(
            _make_cell(own[column], shown_by) if column in own else None
            for column in range(len(builders))
        )
        for row, own in found.items()
    }


def _make_cell(builds: list[RecentBuild], shown_by: Mapping[BuildRef, Incident]) -> GridCell:
    newest_first = sorted(builds, key=lambda b: (b.started_at, b.ref), reverse=True)
    return GridCell(tuple((build, shown_by.get(build.ref)) for build in newest_first))


# Of several incidents that a build shows, the one that somebody is accused of is told.
_TOLD_FIRST = (
    Verdict.CONFIRMED,
    Verdict.SUSPECTED,
    Verdict.UNKNOWN,
    Verdict.OLD,
    Verdict.ENVIRONMENT,
    Verdict.FLAKY,
)


def _find_shown_by(incidents: Iterable[Incident]) -> dict[BuildRef, Incident]:
    ranked = sorted(incidents, key=lambda i: (-_TOLD_FIRST.index(i.verdict), i.id))
    return {ref: incident for incident in ranked for ref in incident.red_builds}


def find_brackets(
    commits: Sequence[Commit], incidents: Iterable[Incident]
) -> dict[int, list[BracketPiece]]:
    """The pieces of each row. A range that goes on beyond the rows is open there."""
    places = {commit.sha: at for at, commit in enumerate(commits)}
    lanes: list[int] = []  # of each lane, the first row that is free again
    found: defaultdict[int, list[BracketPiece]] = defaultdict(list)
    for top, bottom, is_open, incident in sorted(
        _find_spans(places, len(commits), incidents), key=lambda span: (span[0], span[3].id)
    ):
        lane = next((at for at, free in enumerate(lanes) if free <= top), len(lanes))
        if lane >= MOST_BRACKETS:
            continue
        lanes[lane : lane + 1] = [bottom + 1]
        for row in range(top, bottom + 1):
            piece = _name_piece(row, top, bottom, is_open=is_open)
            found[row].append(BracketPiece(lane, piece, incident))
    return found


def _find_spans(
    places: Mapping[str, int], rows: int, incidents: Iterable[Incident]
) -> Iterable[tuple[int, int, bool, Incident]]:
    """(first row, last row, whether it goes on below the last one) of each range in sight."""
    for incident in incidents:
        bad, good = incident.range.first_bad, incident.range.last_good
        if bad is None or bad not in places:
            continue
        top, below = places[bad], places.get(good or "", rows)
        yield top, max(top, below - 1), good not in places, incident


def _name_piece(row: int, top: int, bottom: int, *, is_open: bool) -> Bracket:
    if row == top:
        return Bracket.ONLY if top == bottom and not is_open else Bracket.TOP
    return Bracket.BOTTOM if row == bottom and not is_open else Bracket.MIDDLE
