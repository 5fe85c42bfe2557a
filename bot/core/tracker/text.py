"""What our issues, and our one comment on an issue, say.

In: the reports of a cause's incidents. Out: a title and Markdown, the same for the same facts. What
comes out of logs mentions nobody and links nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.fleet.facets import FACET_RULES, FacetRule
from bot.core.model import Incident, IncidentState, Kind, Verdict
from bot.core.model.tracker import TrackedCause, TrackerOptions
from bot.core.render.headline import LinkContext, Report, describe, join_names
from bot.core.render.markdown import make_link, make_text, make_title
from bot.core.render.sections import RenderLimits, render_logs, render_reproduce
from bot.core.tracker.causes import make_marker
from bot.core.tracker.names import FAILS, describe_where, find_all_names

_LONGEST_TITLE = 200  # GitHub takes 256 characters; nobody reads more in a list
_TITLE = "{test} {fails} on {where}"
_LONGEST_NAME = 70
_MOST_TESTS = 20
_MOST_BRANCHES = 20
_ROOM = RenderLimits(reports=1, logs=2, lines=40)


@dataclass(frozen=True, slots=True)
class IssueText:
    """A new issue."""

    title: str
    body: str


def render_issue(
    cause: TrackedCause,
    reports: Sequence[Report],
    place: LinkContext,
    options: TrackerOptions,
    *,
    asked_by: str | None = None,
    rules: Sequence[FacetRule] = FACET_RULES,
) -> IssueText:
    """A title by the project's form, and a body with all that helps; `reports` are of its open
    incidents, one at least.
    """
    incidents = [report.incident for report in reports]
    parts = [
        f"### {make_text(options.heading, 80)}" if options.heading else "",
        _render_what(reports),
        render_branches(incidents, place),
        _render_why(incidents),
        *render_logs(reports[0], _ROOM),
        *render_reproduce(reports[0]),
        _render_links(reports, place),
        _render_end(place, asked_by),
        make_marker(cause.repo_id, cause.cause),
    ]
    body = "\n\n".join(part for part in parts if part)
    return IssueText(render_title(incidents, options.title, rules), body)


def render_title(
    incidents: Sequence[Incident], form: str | None = None, rules: Sequence[FacetRule] = FACET_RULES
) -> str:
    """`test_ssl: test_basic() fails on FreeBSD buildbots`, or as the project has it."""
    builders = sorted({name for incident in incidents for name in incident.builders})
    names = find_all_names(incidents[0])
    first = names[0] if names else None
    what = "the build"
    if first is not None and first.file:
        what = (
            f"{first.file[:_LONGEST_NAME]}: {first.test[:_LONGEST_NAME]}()"
            if first.test
            else first.file[:_LONGEST_NAME]
        )
    files = sorted({n.file for n in names})
    if len(files) > 1:
        what = f"{files[0][:_LONGEST_NAME]} and {len(files) - 1} more"
    fails = FAILS.get(first.kind if first else Kind.UNKNOWN, "fails")
    if all(i.verdict is Verdict.FLAKY for i in incidents):
        fails += " now and then"
    values = {"test": what, "fails": fails, "where": describe_where(builders, rules)}
    title = form or _TITLE
    for name, value in values.items():
        title = title.replace(f"{{{name}}}", value)
    return make_title(title, _LONGEST_TITLE)


def _render_what(reports: Sequence[Report]) -> str:
    """The failures by name, each once."""
    found = sorted(
        {
            describe(s.kind, s.site, s.suite)
            for report in reports
            for s in report.incident.signatures
        }
    )
    shown = [f"- {name}" for name in found[:_MOST_TESTS]]
    more = [f"- and {len(found) - _MOST_TESTS} more"] if len(found) > _MOST_TESTS else []
    return "\n".join(["What fails:", "", *shown, *more]) if shown else ""


def render_branches(incidents: Sequence[Incident], place: LinkContext) -> str:
    """A line for each branch; of several incidents on a branch the open one, else the newest."""
    by_branch: dict[str, Incident] = {}
    for incident in sorted(incidents, key=_find_weight):
        by_branch[incident.branch] = incident
    lines = [_render_branch(by_branch[name], place) for name in sorted(by_branch)[:_MOST_BRANCHES]]
    return "\n".join(lines)


def _find_weight(incident: Incident) -> tuple[bool, float, str]:
    return incident.state is IncidentState.OPEN, incident.opened_at.timestamp(), incident.id


def _render_branch(incident: Incident, place: LinkContext) -> str:
    where = join_names(incident.builders, 5)
    since = f"{incident.opened_at:%Y-%m-%d}"
    head = f"- **{make_text(incident.branch, 60)}**: "
    if incident.state is not IncidentState.OPEN:
        fix = incident.fix
        by = f" by {place.repository}#{fix.pull}" if fix and fix.pull else ""
        end = f" since {incident.closed_at:%Y-%m-%d}" if incident.closed_at else ""
        over = "green again" if incident.state is IncidentState.FIXED else "not seen any more"
        return f"{head}{over} on {where}{by}{end}; it was red since {since}"
    ends = incident.range
    seen = f", first seen at {place.link_commit(ends.first_bad)}" if ends.first_bad else ""
    return f"{head}red on {where} since {since}{seen}"


# Of all others the reason may name a pull, which is for our comment there to say, or for nobody.
_ACCUSING_NOBODY = frozenset({Verdict.FLAKY, Verdict.ENVIRONMENT, Verdict.OLD})


def _render_why(incidents: Sequence[Incident]) -> str:
    told: list[str] = []
    for incident in incidents:
        if incident.reason and incident.verdict in _ACCUSING_NOBODY:
            told.append(make_text(incident.reason, 300))
        record = incident.record
        if record is not None and record.runs and record.flakes:
            told.append(
                f"It failed for no cause in {record.flakes} of {record.runs} earlier builds."
            )
    return " ".join(dict.fromkeys(told))


def _render_links(reports: Sequence[Report], place: LinkContext) -> str:
    builds = {
        e.url: f"{make_text(e.builder, 60)} #\u200b{e.build.number}"
        for report in reports
        for e in report.failing_builds
    }
    links = [make_link(text, url) for url, text in sorted(builds.items())][:6]
    pages = [place.link_incident(report.incident) for report in reports]
    return "Builds: " + ", ".join(links) + "." + _join_pages(pages) if links else _join_pages(pages)


def _join_pages(pages: Sequence[str | None]) -> str:
    shown = [page for page in pages if page][:5]
    return f" Incidents: {', '.join(shown)}." if shown else ""


def _render_end(place: LinkContext, asked_by: str | None) -> str:
    """Who had it filed, by name only: whoever asked knows of it."""
    asked = f", as {make_text(asked_by, 40)} asked" if asked_by else ""
    return f"Filed by the watcher of {place.repository}'s buildbots{asked}."


# ---------------------------------------------------------------- our comment

BEGIN, END = "<!-- nightswatch begin -->", "<!-- nightswatch end -->"


def make_comment_marker(cause: TrackedCause) -> str:
    """The hidden name of our comment on an issue; it is posted anew only with another thread."""
    name = make_marker(cause.repo_id, cause.cause)
    return f"<!-- {name} thread={cause.comment.thread} -->"


def render_news(cause: TrackedCause, lines: str, *, back: bool) -> str:
    """How it stands on each branch; between marks, for people may write around it."""
    head = "**It is back.**" if back else "**How it stands now:**"
    text = f"{head}\n\n{lines}\n\n<sub>This comment is kept up to date.</sub>"
    return f"{BEGIN}\n{text}\n{END}\n\n{make_comment_marker(cause)}"


def replace_own(body: str, text: str) -> str | None:
    """A comment with what is between our marks replaced; None: people took the marks away."""
    before, begin, rest = body.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        return None
    own = text[text.index(BEGIN) : text.index(END) + len(END)]
    return f"{before}{own}{after}"
