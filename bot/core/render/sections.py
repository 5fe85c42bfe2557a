"""What stands below a headline: the failures, the evidence, the log, and how to reproduce it.

Input: a `Report` and how much room there is. Output: paragraphs of Markdown, in a fixed order.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core.model import Failure, FlakeRecord, Incident, IncidentState, Verdict
from bot.core.render.builds_table import render_grid
from bot.core.render.headline import (
    FailingBuild,
    LinkContext,
    Report,
    describe,
    find_display_state,
    join_names,
)
from bot.core.render.known_issue import render_known_issue
from bot.core.render.markdown import make_fence, make_html, make_inline_code, make_text
from bot.core.render.requests import render_asked


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """How much may be shown; excerpts give way first."""

    reports: int  # how many in full; the others get their headline
    headlines: int = 5  # more are a flood; they are counted
    tests: int = 5  # enough to see a pattern; the incident's page has all
    commits: int = 6  # rows and columns of the table: with more, a phone shows a part of it only
    builders: int = 5
    logs: int = 2
    lines: int = 30
    widest: int = 160


def render_sections(report: Report, place: LinkContext, room: RenderLimits) -> list[str]:
    """The paragraphs below the headline; for what is over they are few."""
    display_state, reason = find_display_state(report), report.incident.reason
    if display_state == IncidentState.WITHDRAWN:
        why = [f"What changed our mind: {_sentence(reason)}"] if reason else []
        return [*why, *_render_issue(report, place)]
    evidence = [
        *_render_failures(report, room),
        render_grid(report, place, commits=room.commits, builders=room.builders),
        _render_facts(report, place),
    ]
    if display_state in (IncidentState.FIXED, IncidentState.CLOSED):
        why = [_sentence(reason)] if reason and display_state == IncidentState.CLOSED else []
        folded = _fold("What it was", [one for one in evidence if one])
        return [*why, *_render_issue(report, place), folded]
    reasons = [
        _render_reason(report.incident),
        _render_asked(report, place),
        _render_revert(report),
    ]
    below = [_render_testimony(report), *render_logs(report, room), *render_reproduce(report)]
    return [one for one in (*evidence, *reasons, *_render_issue(report, place), *below) if one]


def _render_issue(report: Report, place: LinkContext) -> list[str]:
    known = render_known_issue(report.issue, report.incident, place.website)
    return [known] if known else []


def _sentence(text: str) -> str:
    shown = make_text(text, 300)
    # Names such as s390x are no words, and keep their letters.
    if shown.partition(" ")[0].isalpha():
        shown = shown[:1].upper() + shown[1:]
    return shown + ("" if shown.endswith((".", "!", "?")) else ".")


@dataclass(slots=True)
class _Group:
    """One failure over all builders that showed it."""

    builders: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)

    @property
    def message(self) -> str:
        """One of them, always the same one; empty where no log told any."""
        return min((message for message in self.messages if message), default="")


def _render_failures(report: Report, room: RenderLimits) -> list[str]:
    """The failing tests, each with its builders; what the headline says is not said again."""
    groups: dict[str, _Group] = defaultdict(_Group)
    for failing_build in report.failing_builds:
        for failure in failing_build.failures:
            name = describe(failure.kind, failure.test or _file_of(failure), failure.suite)
            groups[name].builders.add(failing_build.builder)
            groups[name].messages.add(failure.message.strip())
    for signature in report.incident.signatures if not groups else ():
        name = describe(signature.kind, signature.site, signature.suite)
        groups[name] = _Group(set(report.incident.builders), {signature.message})
    order = sorted(groups.items(), key=lambda item: (-len(item[1].builders), item[0]))
    if len(order) == 1 and order[0][1].builders == set(report.incident.builders):
        message = order[0][1].message
        return [make_inline_code(message, 160)] if message else []
    messages = {group.message for _, group in order}
    shared = messages.pop() if len(order) > 1 and len(messages) == 1 else ""
    lines = [_render_group(name, group, shared) for name, group in order[: room.tests]]
    if len(order) > room.tests:
        lines.append(f"- and {len(order) - room.tests} more")
    said_once = [f"All with {make_inline_code(shared, 160)}:"] if shared else []
    return [*said_once, "\n".join(lines)] if lines else []


def _render_group(name: str, group: _Group, shared: str) -> str:
    """The message, too, unless all of them share it."""
    own = group.message if group.message != shared else ""
    told = f": {make_inline_code(own, 160)}" if own else ""
    return f"- {name} on {join_names(tuple(group.builders), 2)}{told}"


def _file_of(failure: Failure) -> str:
    return (failure.location or "").rpartition(":")[0] or failure.location or ""


def _render_facts(report: Report, place: LinkContext) -> str:
    """The range, who narrowed it, who else is in it, and what this failure did before."""
    incident = report.incident
    told = (
        _render_range(incident, place),
        _render_cleared(incident, place),
        _render_others(incident, place),
        _render_record(incident.record),
    )
    return " ".join(one for one in told if one)


def _render_range(incident: Incident, place: LinkContext) -> str:
    ends = incident.range
    if ends.first_bad is None:
        return ""
    if ends.last_good is None:
        return f"First seen at {place.link_commit(ends.first_bad)}; no build before was green."
    return f"It broke in {place.link_range(ends)}."


def _render_cleared(incident: Incident, place: LinkContext) -> str:
    """Who cleared the other commits of a batch, where builders differ."""
    ends = incident.range
    early = _find_narrower({r.builder: r.range.last_good for r in incident.ranges}, ends.last_good)
    late = _find_narrower({r.builder: r.range.first_bad for r in incident.ranges}, ends.first_bad)
    good, bad = place.link_commit(ends.last_good), place.link_commit(ends.first_bad)
    if early is not None and early == late:
        return f"{early} passed at {good} and failed at {bad}: that clears all other commits."
    told = [f"{early} passed at {good}: that clears what came earlier."] if early else []
    told += [f"{late} failed at {bad}: that clears what came later."] if late else []
    return " ".join(told)


def _find_narrower(ends: dict[str, str | None], end: str | None) -> str | None:
    """A builder that knows this end, where others do not know it as well."""
    if end is None or len(set(ends.values())) < 2:
        return None
    names = sorted(builder for builder, sha in ends.items() if sha == end)
    return make_text(names[0], 60) if names else None


def _render_others(incident: Incident, place: LinkContext) -> str:
    """Commits of others, and how likely they are; by sha only, so that nobody is called here."""
    ours = (incident.pull, place.number)  # once it is over, belief may have left this pull
    others = [s for s in incident.suspects if s.pull not in ours and s.p >= _WORTH_NAMING]
    likeliest = sorted(others, key=lambda s: (-s.p, s.sha))
    shown = [f"{place.link_commit(s.sha)} ({s.percent}%)" for s in likeliest[:3]]
    if len(others) > 3:
        shown.append(f"{len(others) - 3} more")
    return f"Less likely: {', '.join(shown)}." if shown else ""


# Below one in a hundred the percentage would read as nothing.
_WORTH_NAMING = 0.01


def _render_record(record: FlakeRecord | None) -> str:
    if record is None or record.runs == 0:
        return ""
    runs = "1 earlier run" if record.runs == 1 else f"{record.runs} earlier runs"
    return f"Flaked in {record.flakes} of {runs}."


def _render_reason(incident: Incident) -> str:
    lines = [f"Why this PR: {_sentence(incident.reason)}"] if incident.reason else []
    lines += [f"Awaited: {_sentence(awaited)}" for awaited in incident.awaited[:2]]
    return " ".join(lines)


def _render_asked(report: Report, place: LinkContext) -> str:
    """The builds that were asked for, and why; what is still to come is not folded away."""
    if not report.asked:
        return ""
    told = render_asked(report.asked, place)
    if any(record.request.is_outstanding for record in report.asked):
        return f"Builds were asked for:\n\n{told}"
    return _fold("Builds that were asked for", [told])


def _render_revert(report: Report) -> str:
    """Words only: nothing here ever reverts by itself."""
    if not report.revert or find_display_state(report) != Verdict.CONFIRMED:
        return ""
    return (
        "**Is a fix far off? Then please revert for now:** other people's failures hide behind "
        "this one. A revert can be taken back once the fix is ready."
    )


def _render_testimony(report: Report) -> str:
    """The builds that speak for and against this pull, the weightiest first."""
    incident = report.incident
    told = {t.build: t for s in incident.suspects if s.pull == incident.pull for t in s.testimony}
    weighty = sorted(told.values(), key=lambda t: (-abs(t.weight), t.build))[:6]
    sides = (
        ("For it", [t for t in weighty if t.weight > 0]),
        ("Against it", [t for t in weighty if t.weight < 0]),
    )
    blocks = [
        "\n".join([f"{side}:", "", *(f"- {_sentence(t.told)}" for t in spoken)])
        for side, spoken in sides
        if spoken
    ]
    return _fold("What speaks for it, and against", blocks) if blocks else ""


def render_logs(report: Report, room: RenderLimits) -> list[str]:
    """The incident's own lines of the first builds that showed it."""
    failing_builds = sorted(
        report.failing_builds, key=lambda e: (e.build.started_at, e.build.buildid)
    )
    # Another builder's log is worth its room only where it tells something else.
    told = {
        _find_messages(failing_build): failing_build for failing_build in reversed(failing_builds)
    }
    folded = [
        _render_log(failing_build, room)
        for failing_build in failing_builds
        if told[_find_messages(failing_build)] is failing_build and _find_lines(failing_build)
    ][: room.logs]
    if folded:
        return folded
    if any(_find_lines(failing_build) for failing_build in failing_builds):
        return ["The lines of the log were left out for want of room; the builds above have them."]
    notes = sorted({failing_build.note for failing_build in failing_builds if failing_build.note})
    return [f"No lines of the log: {_sentence(notes[0])}"] if notes else []


def _find_messages(failing_build: FailingBuild) -> frozenset[tuple[str | None, str]]:
    return frozenset((failure.test, failure.message) for failure in failing_build.failures)


def _render_log(failing_build: FailingBuild, room: RenderLimits) -> str:
    title = f"Log of {make_html(failing_build.builder, 60)}, build {failing_build.build.number}"
    fence = make_fence(_find_lines(failing_build), most=room.lines, widest=room.widest)
    return _fold(title, [fence])


def _find_lines(failing_build: FailingBuild) -> list[str]:
    """The excerpts of all its failures, a line that several share only once in a row."""
    lines: list[str] = []
    for failure in failing_build.failures:
        if list(failure.excerpt) != lines[-len(failure.excerpt) :]:
            lines.extend(failure.excerpt)
    return lines


def _fold(title: str, paragraphs: Sequence[str]) -> str:
    """Closed at first; `title` is HTML, and the blank lines make what is inside Markdown."""
    return "\n\n".join([f"<details><summary>{title}</summary>", *paragraphs, "</details>"])


def render_reproduce(report: Report) -> list[str]:
    """The command that runs the failing test again; no more than one."""
    commands = sorted({e.reproduce for e in report.failing_builds if e.reproduce})
    if not commands:
        return []
    return ["Reproduce:\n\n" + make_fence(commands[:1], widest=400, language="sh")]
