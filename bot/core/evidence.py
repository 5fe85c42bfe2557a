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
    evidence = [
        *_render_failures(report, room),
        _render_table(report, place, room),
        _render_range(report, place),
    ]
    if stage in (IncidentState.FIXED, IncidentState.CLOSED):
        reason = report.incident.reason if stage == IncidentState.CLOSED else ""
        what_it_was = _fold("What it was", [one for one in evidence if one])
        return [*([_sentence(reason)] if reason else []), what_it_was]
    reasons = [_render_commits(report, place), _render_reason(report.incident)]
    below = [*_render_logs(report, room), *_render_reproduce(report)]
    return [one for one in (*evidence, *reasons, *below) if one]


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

    @property
    def message(self) -> str:
        """One of them, always the same one; empty where no log told any."""
        return min((message for message in self.messages if message), default="")


def _render_failures(report: Report, room: Room) -> list[str]:
    """The failing tests, each with its builders; what the headline says is not said again."""
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
    if len(order) == 1 and order[0][1].builders == set(report.incident.builders):
        message = order[0][1].message
        return [f"Message: {make_inline_code(message, 160)}"] if message else []
    lines = [_render_group(name, group) for name, group in order[: room.tests]]
    if len(order) > room.tests:
        lines.append(f"- and {len(order) - room.tests} more")
    return ["\n".join(lines)] if lines else []


def _render_group(name: str, group: _Group) -> str:
    told = f": {make_inline_code(group.message, 160)}" if group.message else ""
    return f"- {name} on {join_names(tuple(group.builders), 3)}{told}"


def _file_of(failure: Failure) -> str:
    return (failure.location or "").rpartition(":")[0] or failure.location or ""


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
    cleared = _render_cleared(
        _find_narrower(goods, ends.last_good),
        _find_narrower(bads, ends.first_bad),
        place.link_commit(ends.last_good),
        place.link_commit(ends.first_bad),
    )
    return f"{text} {cleared}".rstrip()


def _find_narrower(ends: dict[str, str | None], end: str | None) -> str | None:
    """A builder that knows this end, where others do not know it as well."""
    if end is None or len(set(ends.values())) < 2:
        return None
    names = sorted(builder for builder, sha in ends.items() if sha == end)
    return make_text(names[0], 60) if names else None


def _render_cleared(early: str | None, late: str | None, good: str, bad: str) -> str:
    """Who cleared the other commits of a batch."""
    if early is not None and early == late:
        return f"{early} passed at {good} and failed at {bad}: that clears all other commits."
    told = f"{early} passed at {good}: that clears the earlier commits. " if early else ""
    return told + (f"{late} failed at {bad}: that clears the later commits." if late else "")


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
    # Another builder's log is worth its room only where it tells something else.
    told = {_find_messages(exhibit): exhibit for exhibit in reversed(exhibits)}
    folded = [
        _render_log(exhibit, room)
        for exhibit in exhibits
        if told[_find_messages(exhibit)] is exhibit and _find_lines(exhibit)
    ][: room.logs]
    if folded:
        return folded
    if any(_find_lines(exhibit) for exhibit in exhibits):
        return ["The lines of the log were left out for want of room; the builds above have them."]
    notes = sorted({exhibit.note for exhibit in exhibits if exhibit.note})
    return [f"No lines of the log: {_sentence(notes[0])}"] if notes else []


def _find_messages(exhibit: Exhibit) -> frozenset[tuple[str | None, str]]:
    return frozenset((failure.test, failure.message) for failure in exhibit.failures)


def _render_log(exhibit: Exhibit, room: Room) -> str:
    title = f"Log of {make_html(exhibit.builder, 60)}, build {exhibit.build.number}"
    fence = make_fence(_find_lines(exhibit), most=room.lines, widest=room.widest)
    return _fold(title, [fence])


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
