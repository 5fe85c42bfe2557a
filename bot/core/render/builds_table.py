"""The evidence as a small table: commits × builders, who was green where, and red since when.

Input: a `Report` and how much room there is. Output: a table of Markdown, and what it leaves out.
Every build of a shown commit on a shown builder stands in its cell with what it says of this
failure; only where there is none, a cell says that nothing was built.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.core.model import BuildCell, BuilderRange, BuildRef, Commit, Incident, Says
from bot.core.render.headline import LinkContext, Report
from bot.core.render.markdown import make_link, make_text

_SIGNS = {
    Says.PASS: "🟢",
    Says.FAIL: "🔴",
    Says.FLAKED: "🟡",
    Says.NOTHING: "➖",
    Says.RUNNING: "🔵",
}
_NOT_BUILT = "⚪"
_WORDS = {  # the others speak for themselves
    "🟡": "failed, then passed",
    "➖": "says nothing of this",
    "🔵": "still running",
    _NOT_BUILT: "not built",
}
# Of a commit that was built more often, nobody reads each attempt; the builder's page has them.
_BUILDS_A_CELL = 4


def render_grid(report: Report, place: LinkContext, *, commits: int, builders: int) -> str:
    """At most so many rows and columns; the oldest commit first. Empty where nothing is known."""
    cells = _find_cells(report)
    if not cells:
        return ""
    titles = {commit.sha: commit.title for commit in report.commits}
    rows = _find_rows(report, cells)
    shown = _pick_rows(report, rows, commits)
    names = _find_columns(report.incident)
    table: dict[tuple[str, str], list[BuildCell]] = {}
    for cell in sorted({c.ref: c for c in (*cells, *report.cells)}.values(), key=_newest_last):
        table.setdefault((cell.sha, cell.builder), []).append(cell)
    lines = [
        f"| commit | {' | '.join(make_text(name, 40) for name in names[:builders])} |",
        f"| --- |{' :-: |' * len(names[:builders])}",
    ]
    for sha in shown:
        marks = [_render_cell(table.get((sha, name), ())) for name in names[:builders]]
        lines.append(f"| {_render_commit(sha, titles, place)} | {' | '.join(marks)} |")
    legend = _render_legend(lines, rows, shown, names, builders)
    return "\n".join([*lines, "", legend] if legend else lines)


def _render_commit(sha: str, titles: Mapping[str, str], place: LinkContext) -> str:
    title = f" {make_text(titles[sha], 50)}" if titles.get(sha) else ""
    return f"{place.link_commit(sha)}{title}"


def _render_cell(cells: Sequence[BuildCell]) -> str:
    """A sign for each build, the newest last; where it is known, its number as a link to it."""
    if not cells:
        return _NOT_BUILT
    shown = [_render_build(cell) for cell in cells[-_BUILDS_A_CELL:]]
    left = len(cells) - len(shown)
    return " ".join([*([f"{left} more,"] if left else []), *shown])


def _render_build(cell: BuildCell) -> str:
    sign = _SIGNS[cell.says]
    return f"{sign} {make_link(str(cell.number), cell.url)}" if cell.number else sign


def _render_legend(
    lines: Sequence[str],
    rows: Sequence[str],
    shown: Sequence[str],
    names: Sequence[str],
    builders: int,
) -> str:
    """What the signs mean, as far as they occur; and what was left out."""
    body = "\n".join(line.partition(" | ")[2] for line in lines[2:])  # without the titles
    told = [f"{sign} {word}" for sign, word in _WORDS.items() if sign in body]
    if len(rows) > len(shown):
        left = len(rows) - len(shown)
        told.append(f"{left} more commit{'s' if left > 1 else ''} left out")
    if len(names) > builders:
        left = len(names) - builders
        told.append(f"{left} more builder{'s' if left > 1 else ''} left out")
    return f"<sub>{' · '.join(told)}</sub>" if told else ""


# ---------------------------------------------------------------- what is in it


def find_commits(report: Report) -> tuple[str, ...]:
    """The commits that the table of a report may show, in its order."""
    cells = _find_cells(report)
    return tuple(_find_rows(report, cells)) if cells else ()


def find_believed_builds(incident: Incident) -> dict[BuildRef, Says]:
    """What the incident itself tells of builds: what beliefs were made from."""
    told = {t.build: Says(t.outcome.value) for s in incident.suspects for t in s.testimony}
    told |= dict.fromkeys(incident.red_builds, Says.FAIL)
    told |= {r.first_bad_build: Says.FAIL for r in incident.ranges}
    goods = (r.last_good_build for r in incident.ranges)
    return told | {good: Says.PASS for good in goods if good is not None}


def _find_cells(report: Report) -> list[BuildCell]:
    """The ends of all ranges, other red builds, and what testimony tells; a build once."""
    told = find_believed_builds(report.incident)
    found: dict[BuildRef, BuildCell] = {}
    for facts in report.builds:
        build = facts.build
        if build.ref in told and build.revision is not None:
            found[build.ref] = BuildCell(
                build.revision,
                facts.builder.name,
                build.ref,
                build.number,
                facts.url,
                told[build.ref],
            )
    for cell in _find_ends(report.incident):
        found.setdefault(cell.ref, cell)
    return sorted(found.values(), key=_newest_last)


def _find_ends(incident: Incident) -> Iterator[BuildCell]:
    """Builds that are known by the ranges alone: of old ones the facts may be gone."""
    for one in incident.ranges:
        if one.last_good_build is not None and one.range.last_good is not None:
            sha, ref = one.range.last_good, one.last_good_build
            yield BuildCell(sha, one.builder, ref, 0, "", Says.PASS)
        if one.range.first_bad is not None:
            sha, ref = one.range.first_bad, one.first_bad_build
            yield BuildCell(sha, one.builder, ref, 0, "", Says.FAIL)


def _newest_last(cell: BuildCell) -> BuildRef:
    return cell.ref


def _find_rows(report: Report, cells: Iterable[BuildCell]) -> list[str]:
    """The commits in the order of the line; one that is off it goes beside its likes."""
    place = {commit.sha: n for n, commit in enumerate(report.commits)}
    shas = {cell.sha: cell.says for cell in cells}
    own = {c.sha for c in report.commits if _is_own(c, report.incident)}
    shas |= {sha: Says.FAIL for sha in own if sha not in shas}

    def find_order(sha: str) -> tuple[int, str]:
        unknown = -1 if shas[sha] is Says.PASS else len(place)
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
