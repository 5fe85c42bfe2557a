"""What is said of one incident, in one line; and the nouns that this takes.

Input: a `Report`, and the `LinkContext` where it will stand. Output: its headline as Markdown.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from bot.core.model import (
    ACCUSING,
    Build,
    BuildCell,
    BuildRecord,
    Commit,
    Failure,
    Fix,
    Incident,
    IncidentState,
    Kind,
    RegressionRange,
    Verdict,
)
from bot.core.model.request_records import RequestRecord
from bot.core.model.tracker import KnownIssue
from bot.core.render.markdown import CUT, make_inline_code, make_link, make_text


@dataclass(frozen=True, slots=True)
class FailingBuild:
    """What one red build of an incident shows: this incident's failures only."""

    build: Build
    builder: str
    url: str
    failures: tuple[Failure, ...]
    reproduce: str | None = None
    note: str = ""  # a named reason where something is missing


@dataclass(frozen=True, slots=True)
class Report:
    """One incident as it should stand on a pull; `verdict` and `state` are what policy says."""

    incident: Incident
    verdict: Verdict
    state: IncidentState
    failing_builds: tuple[FailingBuild, ...] = ()
    commits: tuple[Commit, ...] = ()  # those of the suspects and builds, oldest first
    builds: tuple[BuildRecord, ...] = ()  # at least those at the ends of the ranges
    revert: bool = False  # whether it is time to think of one
    cells: tuple[BuildCell, ...] = ()  # all builds of the table's commits on its builders
    asked: tuple[RequestRecord, ...] = ()  # the builds that were asked for about it
    issue: KnownIssue | None = None  # that tells of it, in the project's tracker


@dataclass(frozen=True, slots=True)
class LinkContext:
    """Where the comment stands, and where its links lead."""

    repository: str
    number: int
    website: str
    dashboard_url: str | None = None
    prefix: str = "/buildbot"  # what a command to us begins with
    guide: str | None = None  # the project's own page about its builders

    def link_commit(self, sha: str | None) -> str:
        """A commit by its first seven letters, as GitHub shows them."""
        if sha is None:
            return "an unknown commit"
        return make_link(f"`{cut_sha(sha)}`", f"{self._url}/commit/{sha}")

    def link_range(self, ends: RegressionRange) -> str:
        """The commits between two ends, by a comparison where both are known."""
        if ends.last_good is None:
            return f"the commits up to {self.link_commit(ends.first_bad)}"
        if ends.first_bad is None:
            return f"the commits after {self.link_commit(ends.last_good)}"
        text = f"`{cut_sha(ends.last_good)}...{cut_sha(ends.first_bad)}`"
        return make_link(text, f"{self._url}/compare/{ends.last_good}...{ends.first_bad}")

    def link_incident(self, incident: Incident) -> str | None:
        """The page of an incident; None where there is no dashboard for people."""
        if self.dashboard_url is None:
            return None
        name = quote(incident.id, safe="", errors="replace")
        page = f"{self.dashboard_url.rstrip('/')}/incidents/{name}"
        return make_link("all evidence", page)

    @property
    def _url(self) -> str:
        return f"{self.website.rstrip('/')}/{self.repository}"


# ---------------------------------------------------------------- the headline

# What a mail's subject and a phone's notification show of a line.
FIRST_LINE = 120

# How much of the test's name and how many builders are named; the first wording that fits is taken.
_WORDINGS = ((60, 2), (60, 1), (40, 1), (30, 1), (30, 0))

_MARKUP = re.compile(r"\]\([^()]*\)|\*\*|~~|`|\[|\\")


def render_headline(report: Report, place: LinkContext) -> str:
    """One line that says it all: what broke, on which builders, how sure."""
    make = _HEADLINES[find_display_state(report)]
    for longest, builders in _WORDINGS:
        line = make(report, place, find_what(report, longest), find_where(report, builders))
        if len(_MARKUP.sub("", line)) <= FIRST_LINE:
            break
    return line


def find_display_state(report: Report) -> str:
    """Which of the five texts fits. Whatever accuses nobody for sure takes the accusation back."""
    if report.state is not IncidentState.OPEN:
        return report.state
    return report.verdict if report.verdict in ACCUSING else IncidentState.WITHDRAWN


def _head_confirmed(_report: Report, _place: LinkContext, what: str, where: str) -> str:
    return f"🔴 **This PR broke {what}** {where} (confirmed)."


def _head_suspected(report: Report, _place: LinkContext, what: str, where: str) -> str:
    percent = report.incident.percent
    sure = f" ({percent}% sure)" if percent > 0 else ""
    return f"🔴 **This PR is suspected of breaking {what}** {where}{sure}."


def _head_fixed(report: Report, place: LinkContext, what: str, where: str) -> str:
    return f"🟢 **Fixed{_fixed_by(report.incident.fix, place)}:** {what} is green again {where}."


def _head_closed(_report: Report, _place: LinkContext, what: str, where: str) -> str:
    return f"⚪ **Closed**, no fix was seen: {what} {where}."


def _head_withdrawn(_report: Report, _place: LinkContext, what: str, where: str) -> str:
    return f"⚪ **Withdrawn:** ~~this PR broke {what} {where}~~. Sorry for the noise."


_HEADLINES: dict[str, Callable[[Report, LinkContext, str, str], str]] = {
    Verdict.CONFIRMED: _head_confirmed,
    Verdict.SUSPECTED: _head_suspected,
    IncidentState.FIXED: _head_fixed,
    IncidentState.CLOSED: _head_closed,
    IncidentState.WITHDRAWN: _head_withdrawn,
}


def _fixed_by(fix: Fix | None, place: LinkContext) -> str:
    if fix is None:
        return ""
    if fix.pull is None:
        return f" somewhere in {place.link_range(fix.range)}"
    return " by this PR" if fix.pull == place.number else f" by #{fix.pull}"


def find_what(report: Report, longest: int) -> str:
    """What broke: the first by name, and how many more."""
    names = sorted({describe(s.kind, s.site, s.suite, longest) for s in report.incident.signatures})
    rest = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return (names[0] if names else "the build") + rest


def find_where(report: Report, most: int) -> str:
    """The builders that showed it."""
    return f"on {join_names(report.incident.builders, most, 40)}"


# What each kind is called; `{}` is the test, or the file.
_KINDS = {
    Kind.TEST_FAILURE: "{}",
    Kind.CRASH: "{} (crash)",
    Kind.TIMEOUT: "{} (timeout)",
    Kind.ENV_CHANGED: "{} (environment changed)",
    Kind.REFLEAK: "{} (reference leak)",
    Kind.COMPILE_ERROR: "the compilation of {}",
    Kind.LINK_ERROR: "the linking of {}",
    Kind.CONFIG_ERROR: "the configuration of {}",
    Kind.DOCS: "the documentation, {}",
}
_OTHER_KIND = "the build, {}"


def describe(kind: Kind, site: str, suite: str, longest: int = 120) -> str:
    """A failure in a few words: the test, or what could not be done with which file.

    Of a long name the end is kept, which tells one test or file from its neighbours.
    """
    shown = _cut_front(site or suite, longest)
    return _KINDS.get(kind, _OTHER_KIND).format(make_inline_code(shown, longest))


_WORD_END = re.compile(r"[./:\s]+")


def _cut_front(name: str, longest: int) -> str:
    """The last words of a long name: whole ones, if that costs no more than half of the room."""
    if len(name) <= longest:
        return name
    end = name[1 - longest :]
    found = _WORD_END.search(end, 0, longest // 2)
    return CUT + (end[found.end() :] if found else end)


def join_names(names: Sequence[str], most: int, longest: int = 60) -> str:
    """Builders by name, each once; of many the first, and how many more."""
    ordered = sorted(set(names))
    shown = [make_text(name, longest) for name in ordered[:most]]
    left = len(ordered) - len(shown)
    if left:
        shown.append(f"{left} more" if shown else f"{left} builder{'s' if left > 1 else ''}")
    return (
        " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown) or "Buildbot"
    )


def cut_sha(sha: str) -> str:
    """Seven letters, as GitHub shows them; nothing else may pass for a sha."""
    return sha[:7] if sha.isascii() and sha.isalnum() else "unknown"
