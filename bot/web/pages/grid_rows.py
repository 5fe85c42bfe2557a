"""A page of the grid: which commits or hours it holds, and where its neighbours begin.

In: a branch, where the page begins. Out: rows, with the builds that run among them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.core.fleet.builder_record import RecentBuild
from bot.core.fleet.current_work import CurrentWork
from bot.core.fleet.grid import BuiltBy, GridRow, find_hour, make_commit_rows, make_hour_rows
from bot.core.model import Incident, Repository
from bot.core.ports import GridStore

BUILDS_BY_TIME = 1000
"""How many builds a page of hours holds."""

_HOUR = "%Y-%m-%dT%H"
_EXACT = "%Y-%m-%dT%H:%M:%S.%f"
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is to show."""

    repo_id: int
    branch: str
    names: Sequence[str]  # of builders
    incidents: Sequence[Incident]
    running: Sequence[BuiltBy]
    size: int  # commits; a page of hours holds so many builds


@dataclass(frozen=True, slots=True)
class GridPage:
    """Rows, and where the neighbouring pages begin.

    None: there is no such page; newer and empty: that is the newest one.
    """

    rows: Sequence[GridRow]
    newer: str | None
    older: str | None


def find_running(work: CurrentWork | None, repository: Repository, branch: str) -> list[BuiltBy]:
    """The builds of a branch that run just now."""
    found = []
    for one in work.running if work else ():
        build = one.build
        if (build.repository or "").lower() != repository.full_name.lower():
            continue
        if (build.branch or repository.default_branch) == branch:
            recent = RecentBuild(
                ref=build.ref,
                number=build.number,
                worker=build.worker,
                revision=build.revision,
                result=None,
                started_at=build.started_at,
                complete_at=None,
                url=one.url,
                expected_at=one.expected_at,
            )
            found.append(BuiltBy(one.builder, recent))
    return found


async def load_commits(store: GridStore, asked: Asked, before: int | None) -> GridPage:
    """Commits below a position, the newest first; None: from the tip."""
    page = await store.load_commit_page(asked.repo_id, asked.branch, before, asked.size)
    shas = [commit.sha for commit in page.commits]
    built = await store.load_builds_of(asked.repo_id, asked.branch, shas)
    known = _add_running(built, asked.running)
    rows = await asyncio.to_thread(
        make_commit_rows, page.commits, asked.names, known, asked.incidents
    )
    is_newest = before is None or page.first is None
    newer = None if is_newest else str((page.first or 0) + asked.size + 1)
    return GridPage(rows, newer, str(page.last) if page.goes_on else None)


async def load_hours(
    store: GridStore, asked: Asked, before: datetime | None, now: datetime
) -> GridPage:
    """Hours in which builds ended before a moment, the newest first; None: until now."""
    place = (asked.repo_id, asked.branch)
    end = before or now + timedelta(days=1)  # no clock is compared with another's
    built = await store.load_builds_before(*place, end, BUILDS_BY_TIME)
    older = None
    if len(built) == BUILDS_BY_TIME:
        older = find_cut(built, end)
        built = [b for b in built if _end(b) >= older]
    known = built if before is not None else _add_running(built, asked.running)
    rows = await asyncio.to_thread(make_hour_rows, asked.names, known, asked.incidents)
    newer = await _find_newer(store, asked, before) if before is not None else None
    return GridPage(rows, newer, None if older is None else _write(older))


def find_cut(built: Sequence[BuiltBy], end: datetime) -> datetime:
    """Where the next page goes on, of a page that is full: what ended before, is on that one.

    At a full hour where that leaves anything on this page, else at the moment of the last build.
    Either is before `end`, so that paging comes to an end whatever a busy hour holds.
    """
    last = built[-1].build
    hour = find_hour(last) + timedelta(hours=1)
    if any(_end(b) >= hour for b in built) and hour < end:
        return hour
    moment = last.complete_at or last.started_at
    newer = moment + _INSTANT  # those of the same moment may be cut: they are the next page's
    return newer if newer < end and any(_end(b) >= newer for b in built) else moment


async def _find_newer(store: GridStore, asked: Asked, before: datetime) -> str:
    """So that every build from there to here is on that page; the newest one where few came."""
    place = (asked.repo_id, asked.branch)
    moment = await store.load_moment_after(*place, before, BUILDS_BY_TIME)
    if moment is None:
        return ""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return _write(hour if hour > before else max(moment, before + _INSTANT))


def _end(built: BuiltBy) -> datetime:
    return built.build.complete_at or built.build.started_at


def _add_running(built: Sequence[BuiltBy], running: Sequence[BuiltBy]) -> list[BuiltBy]:
    """What was read meanwhile runs no more."""
    known = {one.build.ref for one in built}
    return [*built, *(one for one in running if one.build.ref not in known)]


def _write(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc:{_EXACT if utc.minute or utc.second or utc.microsecond else _HOUR}}"


def read_position(query: Mapping[str, str], notes: list[str]) -> int | None:
    """Where a page of commits begins; what is none is noted."""
    text = query.get("before", "")
    if text.isascii() and text.isdigit() and len(text) <= 12:
        return int(text)
    if text:
        notes.append(f"“before” is a number: “{text[:100]}” is passed over.")
    return None


def read_moment(query: Mapping[str, str], notes: list[str]) -> datetime | None:
    """Where a page of hours begins; what is none is noted."""
    text = query.get("before", "")
    for form in (_HOUR, _EXACT):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC) if text else None
        except ValueError:
            continue
    notes.append(f"“before” is an hour as 2026-01-31T15: “{text[:100]}” is passed over.")
    return None
