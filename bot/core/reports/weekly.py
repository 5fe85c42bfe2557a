"""The state of a fleet over a time: what was fixed, what is new, what flakes and what it cost.

In: `WeekFacts` and the time. Out: a `WeekReport`, which renderers only word. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from bot.core.fleet.advice import Advice, advise
from bot.core.fleet.builder_record import BuilderRecord
from bot.core.fleet.release import ReleaseStatus, decide_release
from bot.core.model import (
    Commit,
    Incident,
    IncidentState,
    KnownBuilder,
    Repository,
    Verdict,
)
from bot.core.model.build_results import Result, is_evidence, is_red
from bot.core.ports.reports import FLAKE_WEEKS, Flaked, ResultCount, WeekFacts

# Builders that were there when we began to look came with the first look, or the one after it.
_FIRST_LOOKS = timedelta(hours=2)

RECOVERY_HOURS = (1, 4, 12, 24, 72)
"""Where the columns of the picture "red to fixed" end; the last one has no end."""


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """An incident as a report tells it."""

    id: str
    branch: str  # with its repository
    tests: tuple[str, ...]
    builders: tuple[str, ...]
    verdict: Verdict
    state: IncidentState
    pull: int | None
    percent: int
    opened_at: datetime
    closed_at: datetime | None
    fixed_by: Commit | None
    issue: str = ""  # owner/name#12, which tells of it; empty: none is known


@dataclass(frozen=True, slots=True)
class FlakyLine:
    """A test that failed for no cause."""

    name: str
    builds: int  # in which it passed on a second try
    incidents: int  # for which a whole build went red
    builders: tuple[str, ...]
    lost: timedelta  # the machine's time of those red builds
    issues: tuple[str, ...] = ()  # that tell of it


@dataclass(frozen=True, slots=True)
class BuilderRate:
    """How often a builder failed."""

    builder: str
    builds: int  # that tell something
    failed: int
    broken: int  # the machine's: exceptions and retries

    @property
    def rate(self) -> float:
        """Of all that tell something; 0 of none."""
        return self.failed / self.builds if self.builds else 0.0


@dataclass(frozen=True, slots=True)
class WeekReport:
    """All of it, in the order in which it is told."""

    since: datetime
    now: datetime
    releases: tuple[tuple[str, ReleaseStatus], ...]  # by the name of the branch
    new: tuple[IncidentLine, ...]  # newest first; also those that are over
    fixed: tuple[IncidentLine, ...]
    still_open: tuple[IncidentLine, ...]  # from before; the oldest first
    flaky: tuple[FlakyLine, ...]  # the worst first
    added: tuple[str, ...]
    gone: tuple[str, ...]
    fixers: tuple[tuple[str, int], ...]  # who fixed most first
    rates: tuple[BuilderRate, ...]  # who failed most first; those that never failed, too
    recovery: tuple[int, ...]  # fixed incidents by `RECOVERY_HOURS`
    typical_recovery: timedelta | None
    flakes_by_week: tuple[tuple[date, int], ...]  # the first day of each week; oldest first
    advice: tuple[Advice, ...]

    @property
    def builds(self) -> int:
        """Builds that tell something."""
        return sum(rate.builds for rate in self.rates)

    @property
    def lost(self) -> timedelta:
        """What flakes cost."""
        return sum((line.lost for line in self.flaky), timedelta(0))


def make_week_report(facts: WeekFacts, now: datetime) -> WeekReport:
    """From all that was loaded."""
    since = facts.since
    sound = [(r, i) for r, i in facts.incidents if i.verdict is not Verdict.FLAKY]
    lines = [_make_line(r, i, facts) for r, i in sound]
    fixed = [
        line
        for line in lines
        if line.state is IncidentState.FIXED and line.closed_at and line.closed_at >= since
    ]
    spans = [line.closed_at - line.opened_at for line in fixed if line.closed_at]
    added, gone = find_comings(facts.builders, since)
    return WeekReport(
        since=since,
        now=now,
        releases=_decide_releases(facts, now),
        new=tuple(sorted((x for x in lines if _is_new(x, since)), key=_newest)),
        fixed=tuple(sorted(fixed, key=lambda x: (x.closed_at or now, x.id), reverse=True)),
        still_open=tuple(sorted((x for x in lines if _is_left(x, since)), key=_oldest)),
        flaky=find_flaky(facts),
        added=added,
        gone=gone,
        fixers=_count_fixers(fixed),
        rates=count_rates(facts.counts),
        recovery=_count_recovery(spans),
        typical_recovery=timedelta(seconds=median(s.total_seconds() for s in spans))
        if spans
        else None,
        flakes_by_week=count_weeks(facts.flaked, facts.flaky_began, now),
        advice=advise(_list_records(facts), facts.advice, now),
    )


def _is_new(line: IncidentLine, since: datetime) -> bool:
    """What we took back ourselves was no news."""
    return line.opened_at >= since and line.state is not IncidentState.WITHDRAWN


def _is_left(line: IncidentLine, since: datetime) -> bool:
    return line.opened_at < since and line.state is IncidentState.OPEN


def _newest(line: IncidentLine) -> tuple[float, str]:
    return -line.opened_at.timestamp(), line.id


def _oldest(line: IncidentLine) -> tuple[float, str]:
    return line.opened_at.timestamp(), line.id


def _make_line(repository: Repository, incident: Incident, facts: WeekFacts) -> IncidentLine:
    """Whoever is not accused on the pull is not accused in a report."""
    fix = incident.fix.sha if incident.fix else None
    told = (repository.repo_id, incident.id, incident.pull) in facts.told
    return IncidentLine(
        id=incident.id,
        branch=repository.name_branch(incident.branch),
        tests=tuple(sorted({s.site for s in incident.signatures})),
        builders=incident.builders,
        verdict=incident.verdict,
        state=incident.state,
        pull=incident.pull if told else None,
        percent=incident.percent,
        opened_at=incident.opened_at,
        closed_at=incident.closed_at,
        fixed_by=facts.commits.get((repository.repo_id, fix)) if fix else None,
        issue=facts.issues.get((repository.repo_id, incident.id), ""),
    )


def _decide_releases(facts: WeekFacts, now: datetime) -> tuple[tuple[str, ReleaseStatus], ...]:
    """Branches whose builders all fell silent long ago are left out, unless there are no others."""
    told = []
    for fleet in facts.fleets:
        place = fleet.repository.repo_id, fleet.branch
        own = [i for r, i in facts.incidents if (r.repo_id, i.branch) == place]
        records: Sequence[BuilderRecord] = fleet.builders
        status = decide_release(fleet.branch, records, own, now)
        told.append((fleet.repository.name_branch(fleet.branch), status))
    alive = [one for one in told if one[1].is_alive]
    return tuple(alive or told)


def _list_records(facts: WeekFacts) -> Iterator[tuple[BuilderRecord, Sequence[Incident]]]:
    """Each builder on each branch, with the incidents of that branch."""
    for fleet in facts.fleets:
        place = fleet.repository.repo_id, fleet.branch
        own = [i for r, i in facts.incidents if (r.repo_id, i.branch) == place]
        for record in fleet.builders:
            yield record, own


def find_comings(
    builders: Sequence[KnownBuilder], since: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The builders that came, and those that went; a new name is neither."""
    began = min((b.came_at for b in builders), default=since) + _FIRST_LOOKS
    renamed = {b.successor for b in builders if b.successor}
    added = {
        b.name
        for b in builders
        if b.came_at >= since and b.came_at > began and b.gone_at is None and b.name not in renamed
    }
    gone = {
        b.name
        for b in builders
        if b.settled and b.gone_at is not None and b.gone_at >= since and not b.successor
    }
    return tuple(sorted(added)), tuple(sorted(gone))


def find_flaky(facts: WeekFacts) -> tuple[FlakyLine, ...]:
    """What cost most first: a red build takes a machine and somebody's look, a second try little.

    The time of a build that went red for several tests is shared among them.
    """
    retried: Counter[str] = Counter()
    places: defaultdict[str, set[str]] = defaultdict(set)
    judged: Counter[str] = Counter()
    lost: defaultdict[str, timedelta] = defaultdict(timedelta)
    for one in facts.flaked:
        if one.at >= facts.since:
            retried[one.name] += 1
            places[one.name].add(one.builder)
    told: defaultdict[str, set[str]] = defaultdict(set)
    for repository, incident in facts.incidents:
        if incident.verdict is not Verdict.FLAKY or incident.opened_at < facts.since:
            continue
        sites = sorted({s.site for s in incident.signatures})
        cost = sum((facts.took.get(b, timedelta(0)) for b in incident.red_builds), timedelta(0))
        for site in sites:
            judged[site] += 1
            places[site].update(incident.builders)
            lost[site] += cost / len(sites)
            told[site].add(facts.issues.get((repository.repo_id, incident.id), ""))
    lines = [
        FlakyLine(
            name,
            retried[name],
            judged[name],
            tuple(sorted(on)),
            lost[name],
            tuple(sorted(told[name] - {""})),
        )
        for name, on in places.items()
    ]
    return tuple(sorted(lines, key=lambda x: (-x.lost, -x.incidents - x.builds, x.name)))


def _count_fixers(fixed: Iterable[IncidentLine]) -> tuple[tuple[str, int], ...]:
    """One commit that mended two things is two things mended."""
    authors = Counter(x.fixed_by.author for x in fixed if x.fixed_by and x.fixed_by.author)
    return tuple(sorted(authors.items(), key=lambda one: (-one[1], one[0])))


def count_rates(counts: Iterable[ResultCount]) -> tuple[BuilderRate, ...]:
    """Of each builder that built; who failed most often comes first."""
    by_builder: defaultdict[str, Counter[Result]] = defaultdict(Counter)
    for one in counts:
        by_builder[one.builder][one.result] += one.builds
    rates = [
        BuilderRate(
            builder=builder,
            builds=sum(n for result, n in own.items() if is_evidence(result)),
            failed=sum(n for result, n in own.items() if is_red(result)),
            broken=own[Result.EXCEPTION] + own[Result.RETRY],
        )
        for builder, own in by_builder.items()
    ]
    return tuple(sorted(rates, key=lambda x: (-x.rate, -x.failed, x.builder)))


def _count_recovery(spans: Iterable[timedelta]) -> tuple[int, ...]:
    counts = [0] * (len(RECOVERY_HOURS) + 1)
    for span in spans:
        hours = span.total_seconds() / 3600
        counts[sum(hours >= end for end in RECOVERY_HOURS)] += 1
    return tuple(counts)


def count_weeks(
    flaked: Iterable[Flaked], began: Iterable[datetime], now: datetime
) -> tuple[tuple[date, int], ...]:
    """Flakes of each of the last weeks, which end now: second tries, and incidents."""
    counts = [0] * FLAKE_WEEKS
    for at in [*(one.at for one in flaked), *began]:
        weeks = (now - at) // timedelta(days=7)
        if 0 <= weeks < FLAKE_WEEKS:
            counts[FLAKE_WEEKS - 1 - weeks] += 1
    first = [now - timedelta(days=7 * (FLAKE_WEEKS - n)) for n in range(FLAKE_WEEKS)]
    return tuple((at.date(), count) for at, count in zip(first, counts, strict=True))
