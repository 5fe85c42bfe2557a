"""What `backtest` prints for people: each comment with its end, figures, and another preset beside.

In: reports, and the histories that they are of. Out: lines on standard output.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.core.errors import UserError
from bot.core.history.backtest import BranchReport, PredictedComment, render_summary
from bot.core.history.read import History
from bot.core.history.report import render_evidence, render_headline
from bot.core.model import Commit, Incident
from bot.core.model.counts import count_words
from bot.core.render.comment import Report, render_comment

# What tells two presets apart, by its name in a summary.
_COMPARED = ("comments", "pulls_told", "withdrawn")
_PROVED = ("right", "wrong", "not_proved")


def print_report(reports: Sequence[BranchReport], left_out: int) -> None:
    """Every comment by number, in the order of time within its branch; then all figures."""
    for number, (spoken, ended) in enumerate(_list_spoken(reports), 1):
        print(f"{number}. {render_headline(spoken, ended)}")
        print(f"   on {', '.join(spoken.incident.builders)}. {spoken.incident.reason}")
    summary = render_summary(reports, left_out)
    hindsight, notes = summary.pop("hindsight"), summary.pop("notes")
    for name, value in summary.items():
        print(f"{_name(name)}: {_spell(value)}")
    _print_hindsight(hindsight)
    for note in notes:
        print(f"note: {note}")


def print_comparison(
    names: tuple[str, str], ours: Sequence[BranchReport], theirs: Sequence[BranchReport]
) -> None:
    """Figures side by side, and each comment that only one of the two would have made."""
    rows = [_list_figures(render_summary(reports, 0)) for reports in (ours, theirs)]
    width = max(len(name) for name in (*names, "not proved")) + 2
    print(f"\n{'':<12}{names[0]:>{width}}{names[1]:>{width}}")
    for name in rows[0]:
        print(f"{name:<12}{rows[0][name]:>{width}}{rows[1][name]:>{width}}")
    for name, here, there in ((names[0], ours, theirs), (names[1], theirs, ours)):
        for line in _list_only(here, there):
            print(f"only {name}: {line}")


def print_comment(
    number: int, reports: Sequence[BranchReport], histories: Sequence[History]
) -> None:
    """One of the comments, as it would have stood; raises `UserError` where there is none."""
    told = list(_list_spoken(reports))
    if not 1 <= number <= len(told):
        there = count_words(len(told), "comment")
        raise UserError(f"--show {number}: there {'is' if len(told) == 1 else 'are'} {there}")
    spoken, _ = told[number - 1]
    incident = spoken.incident
    wanted = {suspect.sha for suspect in incident.suspects}
    found = [(h.repository, c) for h in histories for c in _list_commits(h) if c.sha in wanted]
    body = Report(
        incident, incident.verdict, incident.state, commits=tuple(commit for _, commit in found)
    )
    text = render_comment(found[0][0], spoken.pull, 0, [body], dashboard_url=None)
    print(f"\nComment {number}, on #{spoken.pull}:\n\n{text.rstrip()}")
    print()
    for line in render_evidence(spoken, {}):
        print(line)


def _list_spoken(
    reports: Sequence[BranchReport],
) -> Iterator[tuple[PredictedComment, Incident | None]]:
    for report in reports:
        ended = {incident.id: incident for incident in report.incidents}
        for spoken in report.spoken:
            yield spoken, ended.get(spoken.incident.id)


def _list_commits(history: History) -> Iterator[Commit]:
    for epochs in history.branches.values():
        for epoch in epochs:
            yield from epoch.line.commits


def _list_figures(summary: Mapping[str, Any]) -> dict[str, int]:
    figures = {_name(name): summary[name] for name in _COMPARED}
    return figures | {_name(name): summary["hindsight"][name] for name in _PROVED}


def _list_only(here: Sequence[BranchReport], there: Sequence[BranchReport]) -> Iterator[str]:
    known = {(s.pull, s.incident.id) for s, _ in _list_spoken(there)}
    for spoken, ended in _list_spoken(here):
        if (spoken.pull, spoken.incident.id) not in known:
            yield render_headline(spoken, ended)


def _print_hindsight(told: Mapping[str, Any]) -> None:
    """How often it would have been right, as far as that later came to light."""
    proved = told["right"] + told["wrong"]
    print(f"proved later: {told['right']} right, {told['wrong']} wrong; {told['not_proved']} not")
    if proved:
        low, high = told["interval"]
        print(f"precision: {told['precision']:.0%} of {proved}, between {low:.0%} and {high:.0%}")
    if not told["enough"]:
        print("warning: too few are proved to say how often it is right on this fleet")
    print(f"suggested: POLICY={told['preset']} ({told['preset_because']})")


def _name(name: str) -> str:
    return name.replace("_", " ")


def _spell(value: object) -> object:
    """Counts by name as people write them."""
    if not isinstance(value, dict):
        return value
    return ", ".join(f"{count} {name}" for name, count in value.items() if count) or "none"
