"""What stands below a headline: the failures, the evidence, the log, and how to reproduce it.

Input: a `Report` and how much room there is. Output: paragraphs of Markdown, in a fixed order.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from bot.core.markdown import make_fence, make_html, make_inline_code, make_link, make_text
from bot.core.model import BuildFacts, Failure, Incident, IncidentState
from bot.core.report import (
    Exhibit,
    Place,
    Report,
    describe,
    find_stage,
    find_what,
    find_where,
    join_names,
)


@dataclass(frozen=True, slots=True)
class Room:
    """How much may be shown; excerpts give way first."""

    reports: int  # how many in full; the others get their headline
    headlines: int = 5  # more are a flood; they are counted
    tests: int = 5  # enough to see a pattern; the incident's page has all
    rows: int = 8
    logs: int = 2
    lines: int = 30
    widest: int = 160


def render_sections(report: Report, place: Place, room: Room) -> list[str]:
    """The paragraphs below the headline; for what is over they are few."""
    stage = find_stage(report)
    if stage == IncidentState.WITHDRAWN:
        return _render_withdrawn(report)
    evidence = [*_render_failures(report, room), *_render_evidence(report, place, room)]
    if stage in (IncidentState.FIXED, IncidentState.CLOSED):
        return [_fold("What it was", evidence)]
    return [*evidence, *_render_logs(report, room), *_render_reproduce(report)]


def _render_withdrawn(report: Report) -> list[str]:
    said = (
        f"~~This pull request was suspected of breaking {find_what(report)} {find_where(report)}.~~"
    )
    reason = report.incident.reason
    return [said, *([f"What changed our mind: {_sentence(reason)}"] if reason else [])]


def _sentence(text: str) -> str:
    shown = make_text(text, 300)
    return shown[:1].upper() + shown[1:] + ("" if shown.endswith((".", "!", "?")) else ".")


@dataclass(slots=True)
class _Group:
    """One failure over all builders that showed it."""

    builders: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)


def _render_failures(report: Report, room: Room) -> list[str]:
    """The failing tests, each with its builders; most builders first."""
    groups: dict[str, _Group] = defaultdict(_Group)
    for exhibit in report.exhibits:
        for failure in exhibit.failures:
            name = describe(failure.kind, failure.test or _file_of(failure), failure.suite)
            groups[name].builders.add(exhibit.builder)
            groups[name].messages.add(failure.message.strip())
    for signature in report.incident.signatures if not groups else ():
        name = describe(signature.kind, signature.site, signature.suite)
        groups[name] = _Group(set(report.incident.builders), {signature.message})
    order = sorted(groups.items(), key=lambda item: (-len(item[1].builders), item[0]))
    lines = [_render_group(name, group) for name, group in order[: room.tests]]
    if len(order) > room.tests:
        lines.append(f"- and {len(order) - room.tests} more")
    return ["\n".join(lines)] if lines else []


def _render_group(name: str, group: _Group) -> str:
    message = min((m for m in group.messages if m), default="")
    told = f": {make_inline_code(message, 160)}" if message else ""
    return f"- {name} on {join_names(tuple(group.builders), 3)}{told}"


def _file_of(failure: Failure) -> str:
    return (failure.location or "").rpartition(":")[0] or failure.location or ""


def _render_evidence(report: Report, place: Place, room: Room) -> list[str]:
    """The table of builders, the range, what narrowed it, and why this pull."""
    incident = report.incident
    found = [
        _render_table(report, place, room),
        _render_range(report, place),
        _render_commits(report, place),
        _render_reason(incident),
    ]
    return [paragraph for paragraph in found if paragraph]


def _render_table(report: Report, place: Place, room: Room) -> str:
    builds = {facts.build.buildid: facts for facts in report.builds}
    ranges = sorted(report.incident.ranges, key=lambda r: (r.builder, r.first_bad_build))
    rows = [
        f"| {make_text(one.builder, 60)} "
        f"| {_render_end(one.last_good_build, one.range.last_good, builds, place)} "
        f"| {_render_end(one.first_bad_build, one.range.first_bad, builds, place)} |"
        for one in ranges[: room.rows]
    ]
    if len(ranges) > room.rows:
        rows.append(f"| and {len(ranges) - room.rows} more builders | | |")
    head = ["| builder | last green | first red |", "| --- | --- | --- |"]
    return "\n".join([*head, *rows]) if rows else ""


def _render_end(
    buildid: int | None, sha: str | None, builds: dict[int, BuildFacts], place: Place
) -> str:
    if buildid is None:
        return "none known"
    facts = builds.get(buildid)
    build = make_link(f"build {facts.build.number}", facts.url) if facts else "a build"
    return f"{build} at {place.link_commit(sha)}"


def _render_range(report: Report, place: Place) -> str:
    """The range, and where builders differ which of them narrowed it."""
    ends, ranges = report.incident.range, report.incident.ranges
    if ends.first_bad is None:
        return ""
    if ends.last_good is None:
        text = f"First seen at {place.link_commit(ends.first_bad)}; no build before it was green."
    else:
        text = f"The change is in {place.link_range(ends)}."
    goods = {one.builder: one.range.last_good for one in ranges}
    bads = {one.builder: one.range.first_bad for one in ranges}
    if builder := _find_narrower(goods, ends.last_good):
        text += f" {builder} passed at {place.link_commit(ends.last_good)}: no earlier one did it."
    if builder := _find_narrower(bads, ends.first_bad):
        text += f" {builder} failed at {place.link_commit(ends.first_bad)}: no later one did it."
    return text


def _find_narrower(ends: dict[str, str | None], end: str | None) -> str | None:
    """A builder that knows this end, where others do not know it as well."""
    if end is None or len(set(ends.values())) < 2:
        return None
    names = sorted(builder for builder, sha in ends.items() if sha == end)
    return make_text(names[0], 60) if names else None


def _render_commits(report: Report, place: Place) -> str:
    """Which commit it may be, where the pull has several on the branch."""
    if len(report.commits) < 2:
        return ""
    shown = [
        f"- {place.link_commit(commit.sha)} {make_text(commit.title, 80)}"
        for commit in islice(report.commits, 5)
    ]
    if len(report.commits) > 5:
        shown.append(f"- and {len(report.commits) - 5} more")
    return "\n".join(["Any of these commits may have done it:", "", *shown])


def _render_reason(incident: Incident) -> str:
    lines = [f"Why this pull request: {_sentence(incident.reason)}"] if incident.reason else []
    lines += [f"Awaited: {_sentence(awaited)}" for awaited in incident.awaited[:2]]
    return " ".join(lines)


def _render_logs(report: Report, room: Room) -> list[str]:
    """The incident's own lines of the first builds that showed it."""
    exhibits = sorted(report.exhibits, key=lambda e: (e.build.started_at, e.build.buildid))
    folded: list[str] = []
    for exhibit in exhibits:
        lines = _find_lines(exhibit)
        if lines and len(folded) < room.logs:
            title = f"Log of {make_html(exhibit.builder, 60)}, build {exhibit.build.number}"
            fence = make_fence(lines, most=room.lines, widest=room.widest)
            folded.append(_fold(title, [fence]))
    if folded:
        return folded
    if any(_find_lines(exhibit) for exhibit in exhibits):
        return ["The lines of the log were left out for want of room; the builds above have them."]
    notes = sorted({exhibit.note for exhibit in exhibits if exhibit.note})
    return [f"No lines of the log: {_sentence(notes[0])}"] if notes else []


def _find_lines(exhibit: Exhibit) -> list[str]:
    """The excerpts of all its failures, a line that several share only once in a row."""
    lines: list[str] = []
    for failure in exhibit.failures:
        if list(failure.excerpt) != lines[-len(failure.excerpt) :]:
            lines.extend(failure.excerpt)
    return lines


def _fold(title: str, paragraphs: Sequence[str]) -> str:
    """Closed at first; `title` is HTML, and the blank lines make what is inside Markdown."""
    return "\n\n".join([f"<details><summary>{title}</summary>", *paragraphs, "</details>"])


def _render_reproduce(report: Report) -> list[str]:
    commands = sorted({e.reproduce for e in report.exhibits if e.reproduce})
    if not commands:
        return []
    return ["To reproduce:\n\n" + make_fence(commands[:1], widest=400, language="sh")]
