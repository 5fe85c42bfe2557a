"""A fleet's status as lines of a terminal: shapes beside colours, never colours alone.

In: a `FleetStatus` and a width. Out: lines. Below 72 columns a builder has two lines, not one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.cli.terminal import Line, Terminal
from bot.core.fleet.release import ReleaseAnswer, Standing
from bot.core.fleet.status import BranchStatus, BuilderStatus, FleetStatus
from bot.core.model.counts import count_words
from bot.core.model.durations import tell_duration
from bot.core.reports.week_sections import ADVISED

_STANDINGS = {
    Standing.GREEN: ("✓", "green", "green"),
    Standing.RED_ONCE: ("✗", "bold yellow", "red once"),
    Standing.FAILING: ("✗", "bold red", "red"),
    Standing.IDLE: ("○", "dim", "idle"),
    Standing.SILENT: ("○", "dim", "no build that tells anything"),
}
_RESULTS = {
    "success": ("✓", "green"),
    "warnings": ("✓", "green"),
    "failure": ("✗", "bold red"),
    "exception": ("▲", "magenta"),
    "retry": ("▲", "magenta"),
    "running": ("▸", "cyan"),
}
_ANSWERS = {
    ReleaseAnswer.YES: ("✓", "green"),
    ReleaseAnswer.WAIT: ("▸", "bold yellow"),
    ReleaseAnswer.NO: ("✗", "bold red"),
    ReleaseAnswer.UNKNOWN: ("○", "dim"),
}
_VERDICTS = {"confirmed": "bold red", "suspected": "bold yellow"}
_LEGEND = "✓ green  ✗ red  ▲ the machine  ▸ running  – nothing told; newest at the right"

_STRIP = 12
_TESTS = 5  # of one builder; then "and N more"
_SHA = 10


def render_fleet(
    status: FleetStatus, terminal: Terminal, now: datetime, *, quiet: bool = False
) -> Iterator[Line]:
    """All branches, one below the other; `quiet`: only what is red."""
    for branch in status.branches:
        shown = [b for b in branch.builders if b.is_red] if quiet else list(branch.builders)
        if shown or not quiet:
            yield _render_head(branch, terminal)
        yield from _render_builders(shown, terminal, now)
        if shown and not quiet:
            yield []
    if not quiet:
        yield from _render_advice(status)
        yield from _render_foot(status, terminal)


def _render_head(branch: BranchStatus, terminal: Terminal) -> Line:
    shape, style = _ANSWERS[branch.answer]
    words = f"{shape} release: {branch.answer.value}"
    reason = "" if terminal.is_narrow else f" ({branch.reason})"
    return [(branch.name, "bold"), ("  ", ""), (words, style), (reason, "dim")]


def _render_advice(status: FleetStatus) -> Iterator[Line]:
    for advice in status.advice:
        words = f"→ {ADVISED[advice.kind]}"
        yield [(words, "cyan"), (f" {advice.name}: ", ""), (advice.words, "dim")]
    if status.advice:
        yield []


def _render_foot(status: FleetStatus, terminal: Terminal) -> Iterator[Line]:
    counts, when = _count(status), f"{status.at:%F %H:%M} UTC"
    yield [(counts if terminal.is_narrow else f"{counts}; {when}", "bold")]
    if terminal.is_narrow:
        yield [(when, "dim")]
    else:
        yield [(_LEGEND, "dim")]


def _render_builders(
    builders: Sequence[BuilderStatus], terminal: Terminal, now: datetime
) -> Iterator[Line]:
    longest = max((len(b.builder) for b in builders), default=0)
    name_width = min(longest, max(20, terminal.width - 52))
    for builder in builders:
        if terminal.is_narrow:
            yield from _render_narrow(builder, now)
        else:
            yield _render_row(builder, name_width, now)
        if builder.is_red:
            yield from _render_reasons(builder, "   " if terminal.is_narrow else "     ")


def _render_row(builder: BuilderStatus, name_width: int, now: datetime) -> Line:
    shape, style, _ = _STANDINGS[builder.standing]
    name = builder.builder
    if len(name) > name_width:
        name = name[: name_width - 1] + "…"
    kind = f"tier {builder.tier}" if builder.tier is not None else ""
    kind = kind if builder.stable else "unstable"
    strip = _render_strip(builder.strip)
    gap = " " * (_STRIP - len(strip))
    named = "" if builder.stable else "dim"
    return [
        (f" {shape} ", style),
        (f"{name:{name_width}}", named),
        (f"  {kind:8}  {gap}", "dim"),
        *strip,
        (f"  {_tell(builder, now)}", style),
    ]


def _render_narrow(builder: BuilderStatus, now: datetime) -> Iterator[Line]:
    shape, style, _ = _STANDINGS[builder.standing]
    yield [(f"{shape} ", style), (builder.builder, "" if builder.stable else "dim")]
    yield [("  ", ""), *_render_strip(builder.strip), (f" {_tell(builder, now)}", style)]


def _render_strip(results: Sequence[str]) -> Line:
    return [_RESULTS.get(result, ("–", "dim")) for result in results[-_STRIP:]]


def _tell(builder: BuilderStatus, now: datetime) -> str:
    """How it stands, and since when."""
    _, _, words = _STANDINGS[builder.standing]
    if builder.is_red and builder.red_since is not None:
        span = tell_duration(now - builder.red_since)
        builds = f", {count_words(builder.reds, 'build')}" if builder.reds > 1 else ""
        return f"{words} for {'over ' if builder.is_red_before else ''}{span}{builds}"
    if builder.built_at is None:
        return words
    span = tell_duration(now - builder.built_at, units=1)
    return f"{words} for {span}" if builder.standing is Standing.IDLE else f"{words}, {span} ago"


def _render_reasons(builder: BuilderStatus, indent: str) -> Iterator[Line]:
    """Since which commit, what fails, and what is believed of it."""
    if builder.first_bad is not None:
        commit = builder.first_bad
        pull = f" #{commit.pull}" if commit.pull is not None else ""
        since = "red before" if builder.is_red_before else "since"
        good = f", green at {builder.last_good[:_SHA]}" if builder.last_good else ""
        words = f"{since} {commit.sha[:_SHA]}{pull}"
        title = commit.title.removesuffix(f" (#{commit.pull})")
        yield [(indent, ""), (words, "cyan"), (f" {title}".rstrip() + good, "dim")]
    for test in builder.failing[:_TESTS]:
        yield [(f"{indent}✗ ", "red"), (test, "")]
    if len(builder.failing) > _TESTS:
        yield [(f"{indent}  and {len(builder.failing) - _TESTS} more", "dim")]
    for incident in builder.incidents:
        pull = f" #{incident.pull}, {incident.percent} %" if incident.pull is not None else ""
        words = f"{incident.verdict}{pull}"
        yield [
            (f"{indent}→ ", "dim"),
            (words, _VERDICTS.get(incident.verdict, "")),
            (f"  incident {incident.id}", "dim"),
        ]


def _count(status: FleetStatus) -> str:
    builders = [b for branch in status.branches for b in branch.builders]
    red = sum(b.is_red for b in builders)
    idle = sum(b.standing in {Standing.IDLE, Standing.SILENT} for b in builders)
    green = len(builders) - red - idle
    where = count_words(len(status.branches), "branch", "branches")
    return f"{red} red, {green} green, {idle} idle on {where}"
