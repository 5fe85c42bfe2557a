"""The evidence as a small table: commits × builders, who was green where, and red since when.

Input: a `Report` and how much room there is. Output: a table of Markdown, and what it leaves out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.markdown import make_link, make_text
from bot.core.model import BuilderRange, Commit, Incident, Outcome
from bot.core.report import Place, Report

_SIGNS = {Outcome.PASS: "🟢", Outcome.FAIL: "🔴", Outcome.FLAKED: "🟡"}
_NOTHING = "⚪"
_WORDS = {"🟡": "failed, then passed", _NOTHING: "not built"}  # the others speak for themselves


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a builder's build says of a commit."""

    sha: str
    builder: str
    outcome: Outcome
    buildid: int


def render_grid(report: Report, place: Place, *, commits: int, builders: int) -> str:
    """At most so many rows and columns; the oldest commit first. Empty where nothing is known."""
    cells = _find_cells(report)
    if not cells:
        return ""
    titles = {commit.sha: commit.title for commit in report.commits}
    rows = _find_rows(report, cells)
    shown = _pick_rows(report, rows, commits)
    names = _find_columns(report.incident)
    table = {(cell.sha, cell.builder): cell for cell in cells}
    numbers = {facts.build.buildid: (facts.build.number, facts.url) for facts in report.builds}
    lines = [
        f"| commit | {' | '.join(make_text(name, 40) for name in names[:builders])} |",
        f"| --- |{' :-: |' * len(names[:builders])}",
    ]
    for sha in shown:
        marks = [_render_cell(table.get((sha, name)), numbers) for name in names[:builders]]
        lines.append(f"| {_render_commit(sha, titles, place)} | {' | '.join(marks)} |")
    legend = _render_legend(lines, rows, shown, names, builders)
    return "\n".join([*lines, "", legend] if legend else lines)


def _render_commit(sha: str, titles: Mapping[str, str], place: Place) -> str:
    title = f" {make_text(titles[sha], 50)}" if titles.get(sha) else ""
    return f"{place.link_commit(sha)}{title}"


def _render_cell(cell: _Cell | None, builds: Mapping[int, tuple[int, str]]) -> str:
    """A sign; where the build is known, its number as a link to it."""
    if cell is None:
        return _NOTHING
    if cell.buildid not in builds:
        return _SIGNS[cell.outcome]
    number, url = builds[cell.buildid]
    return f"{_SIGNS[cell.outcome]} {make_link(str(number), url)}"


def _render_legend(
    lines: Sequence[str],
    rows: Sequence[str],
    shown: Sequence[str],
    names: Sequence[str],
    builders: int,
) -> str:
    """What the signs mean, as far as they occur; and what was left out."""
    body = "\n".join(lines[2:])
    told = [f"{sign} {word}" for sign, word in _WORDS.items() if f"| {sign}" in body]
    if len(rows) > len(shown):
        left = len(rows) - len(shown)
        told.append(f"{left} more commit{'s' if left > 1 else ''} left out")
    if len(names) > builders:
        left = len(names) - builders
        told.append(f"{left} more builder{'s' if left > 1 else ''} left out")
    return f"<sub>{' · '.join(told)}</sub>" if told else ""


# ---------------------------------------------------------------- what is in it


def _find_cells(report: Report) -> list[_Cell]:
    """The ends of all ranges, other red builds, and what testimony tells; a build once."""
    incident = report.incident
    found: dict[int, _Cell] = {}
    for one in incident.ranges:
        if one.last_good_build is not None and one.range.last_good is not None:
            good = _Cell(one.range.last_good, one.builder, Outcome.PASS, one.last_good_build)
            found.setdefault(good.buildid, good)
        if one.range.first_bad is not None:
            bad = _Cell(one.range.first_bad, one.builder, Outcome.FAIL, one.first_bad_build)
            found.setdefault(bad.buildid, bad)
    outcomes = {t.buildid: t.outcome for s in incident.suspects for t in s.testimony}
    outcomes |= dict.fromkeys(incident.red_builds, Outcome.FAIL)
    for facts in report.builds:
        build, outcome = facts.build, outcomes.get(facts.build.buildid)
        if outcome is not None and build.revision is not None:
            cell = _Cell(build.revision, facts.builder.name, outcome, build.buildid)
            found.setdefault(build.buildid, cell)
    # Of several builds of a commit on one builder the newest is shown.
    return sorted(found.values(), key=lambda cell: cell.buildid)


def _find_rows(report: Report, cells: Iterable[_Cell]) -> list[str]:
    """The commits in the order of the line; one that is off it goes beside its likes."""
    place = {commit.sha: n for n, commit in enumerate(report.commits)}
    shas = {cell.sha: cell.outcome for cell in cells}
    own = {c.sha for c in report.commits if _is_own(c, report.incident)}
    shas |= {sha: Outcome.FAIL for sha in own if sha not in shas}

    def find_order(sha: str) -> tuple[int, str]:
        unknown = -1 if shas[sha] is Outcome.PASS else len(place)
        return (place.get(sha, unknown), sha)

    return sorted(shas, key=find_order)


def _is_own(commit: Commit, incident: Incident) -> bool:
    return commit.pull is not None and commit.pull == incident.pull


def _pick_rows(report: Report, rows: Sequence[str], most: int) -> list[str]:
    """The ends of the range first, then this pull's commits, then the others from the last on."""
    ends = (report.incident.range.first_bad, report.incident.range.last_good)
    own = [c.sha for c in report.commits if _is_own(c, report.incident)]
    wanted = dict.fromkeys(sha for sha in (*ends, *own, *reversed(rows)) if sha in rows)
    kept = set(list(wanted)[:most])
    return [sha for sha in rows if sha in kept]


def _find_columns(incident: Incident) -> list[str]:
    """Those that set the range's ends come first; a builder that only passed has no column."""
    ends = incident.range

    def find_order(one: BuilderRange) -> tuple[int, str]:
        sets = (one.range.last_good == ends.last_good) + (one.range.first_bad == ends.first_bad)
        return (-sets, one.builder)

    return list(dict.fromkeys(one.builder for one in sorted(incident.ranges, key=find_order)))
