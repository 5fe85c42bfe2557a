"""A week's report as sections: what every form of it says, in the same words and order.

In: a `WeekReport`. Out: sections of paragraphs, tables and pictures, whose texts are plain; how
they look in Markdown and in HTML is for `documents.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.core.fleet.advice import Advice, AdviceKind
from bot.core.fleet.release import ReleaseStatus
from bot.core.model import Commit, IncidentState
from bot.core.model.counts import count_words, name_some
from bot.core.model.durations import tell_span
from bot.core.reports.charts import draw_bars, draw_columns
from bot.core.reports.documents import Document, Picture, Section, Table
from bot.core.reports.weekly import RECOVERY_HOURS, FlakyLine, IncidentLine, WeekReport

_TESTS, _BUILDERS = 3, 3
_MOST = 30  # rows of a table
_DRAWN = 20  # bars
_TINY = 0.0005


def make_week_document(report: WeekReport) -> Document:
    """All of it; sections that would be empty say so, since nothing is also news."""
    title = f"The fleet from {report.since:%Y-%m-%d} to {report.now:%Y-%m-%d}"
    return Document(title, _summarize(report), tuple(_list_sections(report)))


def _summarize(report: WeekReport) -> str:
    return (
        f"{len(report.fixed)} fixed, {len(report.new)} new, {len(report.still_open)} still open"
        f" from before, {len(report.flaky)} flaky; {count_words(report.builds, 'build')}"
        f" by {count_words(len(report.rates), 'builder')}. Times are UTC."
    )


def _list_sections(report: WeekReport) -> Iterator[Section]:
    yield _tell_releases(report.releases)
    yield _list_incidents(
        "Still open from before", report.still_open, "Nothing is open from before.", report.now
    )
    yield _list_incidents("New", report.new, "Nothing new broke.", report.now)
    yield _list_incidents("Fixed", report.fixed, "Nothing was fixed.", report.now)
    yield _list_flaky(report.flaky, report.lost)
    yield _tell_fixers(report)
    yield _tell_comings(report)
    yield _tell_advice(report.advice)
    yield from _draw(report)


def _tell_releases(releases: Sequence[tuple[str, ReleaseStatus]]) -> Section:
    rows = []
    for name, status in releases:
        standing = [s.builder for s in (*status.blocking, *status.awaited)]
        held = name_some(standing, _BUILDERS)
        rows.append((name, status.answer.value, f"{status.reason}{': ' if held else ''}{held}"))
    table = Table(("Branch", "May it be released?", "Why"), tuple(rows))
    return Section("May it be released?", empty="No branch is built.", table=table)


def _list_incidents(
    title: str, lines: Sequence[IncidentLine], empty: str, now: datetime
) -> Section:
    rows = tuple(_make_row(line, now) for line in lines[:_MOST])
    heads = ("Branch", "What fails", "On", "Believed", "Since", "State")
    return Section(title, empty, table=Table(heads, rows), note=_tell_rest(len(lines)))


def _make_row(line: IncidentLine, now: datetime) -> tuple[str, ...]:
    believed = line.verdict.value
    if line.pull is not None:
        believed += f" #{line.pull}, {line.percent} %"
    return (
        line.branch,
        name_some(line.tests, _TESTS),
        name_some(line.builders, _BUILDERS),
        believed,
        f"{line.opened_at:%Y-%m-%d %H:%M}",
        _tell_state(line, now),
    )


def _tell_state(line: IncidentLine, now: datetime) -> str:
    state = _tell_end(line, now)
    return f"{state}, {line.issue}" if line.issue else state


def _tell_end(line: IncidentLine, now: datetime) -> str:
    if line.state is IncidentState.OPEN:
        return f"open for {tell_span(now - line.opened_at)}"
    if line.state is not IncidentState.FIXED or line.closed_at is None:
        return line.state.value
    return f"fixed{_tell_fix(line.fixed_by)} after {tell_span(line.closed_at - line.opened_at)}"


def _tell_fix(fix: Commit | None) -> str:
    if fix is None:
        return ""
    name = f"#{fix.pull}" if fix.pull is not None else fix.sha[:10]
    return f" by {name} ({fix.author})" if fix.author else f" by {name}"


def _list_flaky(lines: Sequence[FlakyLine], lost: timedelta) -> Section:
    rows = tuple(
        (
            f"{line.name} ({name_some(line.issues, 2)})" if line.issues else line.name,
            str(line.incidents),
            str(line.builds),
            tell_span(line.lost) if line.lost else "–",
            name_some(line.builders, _BUILDERS),
        )
        for line in lines[:_MOST]
    )
    heads = ("Test", "Red for no cause", "Passed on a second try", "Machine time lost", "On")
    note = (
        f"Together {tell_span(lost)} of machine time went into builds that were red for no cause."
    )
    return Section(
        "Flaky, the worst first",
        "Nothing flaked.",
        table=Table(heads, rows),
        note=" ".join(x for x in (note if lost else "", _tell_rest(len(lines))) if x),
    )


def _tell_fixers(report: WeekReport) -> Section:
    rows = tuple((who, str(count)) for who, count in report.fixers[:_MOST])
    return Section(
        "Who fixed most",
        "Of nothing that was fixed is it known which one commit did it.",
        table=Table(("Author", "Fixed"), rows),
    )


def _tell_comings(report: WeekReport) -> Section:
    rows = [(name, "added") for name in report.added] + [(name, "gone") for name in report.gone]
    return Section(
        "Builders that came and went",
        "None came, none went.",
        table=Table(("Builder", "What happened"), tuple(rows[:_MOST])),
        note=_tell_rest(len(rows)),
    )


def _tell_advice(advice: Sequence[Advice]) -> Section:
    rows = tuple((ADVISED[a.kind], a.name, a.words) for a in advice[:_MOST])
    return Section(
        "Builders in the wrong place",
        "Every builder is where it should be.",
        table=Table(("What to do", "Which", "Why"), rows),
        note=_tell_rest(len(advice)),
    )


ADVISED = {
    AdviceKind.DEMOTE: "make unstable",
    AdviceKind.PROMOTE: "make stable",
    AdviceKind.WORKER_AWAY: "ask its owner",
    AdviceKind.SILENT: "look why it does not build",
}


# ---------------------------------------------------------------- pictures


def _draw(report: WeekReport) -> Iterator[Section]:
    failing = [rate for rate in report.rates if rate.rate > _TINY or rate.broken]
    rows = [(r.builder, r.rate, f"{r.rate:.0%} of {r.builds}") for r in failing[:_DRAWN]]
    never = len(report.rates) - len(failing)
    yield Section(
        "Failure rate by builder",
        "No builder failed.",
        picture=Picture(draw_bars("Failure rate by builder", rows)) if rows else None,
        table=Table(
            ("Builder", "Builds", "Failed", "Rate", "The machine's"),
            tuple(
                (r.builder, str(r.builds), str(r.failed), f"{r.rate:.0%}", str(r.broken))
                for r in failing[:_MOST]
            ),
        ),
        note=f"{never} of {len(report.rates)} never failed." if report.rates else "",
    )
    yield _draw_recovery(report)
    columns = [(f"{day:%m-%d}", count) for day, count in report.flakes_by_week]
    yield Section(
        "Flakes by week",
        "",
        picture=Picture(draw_columns("Flakes by week, from the day on", columns)),
        table=Table(("Week from", "Flakes"), tuple((d, str(n)) for d, n in columns)),
        is_drawn=True,
    )


def _draw_recovery(report: WeekReport) -> Section:
    ends = [tell_span(timedelta(hours=hours)) for hours in RECOVERY_HOURS]
    labels = [f"to {ends[0]}", *(f"to {end}" for end in ends[1:]), f"over {ends[-1]}"]
    columns = list(zip(labels, report.recovery, strict=True))
    typical = report.typical_recovery
    known = bool(sum(report.recovery))
    return Section(
        "From red to fixed",
        "Nothing was fixed.",
        picture=Picture(draw_columns("From red to fixed", columns)) if known else None,
        table=Table(("It took", "Fixed"), tuple((a, str(n)) for a, n in columns) if known else ()),
        note=f"Half of it took no longer than {tell_span(typical)}." if typical else "",
        is_drawn=True,
    )


# ---------------------------------------------------------------- words


def _tell_rest(count: int) -> str:
    return f"And {count - _MOST} more." if count > _MOST else ""
