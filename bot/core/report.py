"""What is said of one incident, in one line; and the nouns that this takes.

Input: a `Report`, and the `Place` where it will stand. Output: its headline as Markdown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from bot.core.markdown import make_inline_code, make_link, make_text
from bot.core.model import (
    Build,
    BuildFacts,
    Commit,
    Failure,
    Fix,
    Incident,
    IncidentState,
    Kind,
    RegressionRange,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Exhibit:
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
    exhibits: tuple[Exhibit, ...] = ()
    commits: tuple[Commit, ...] = ()  # the suspects that are known, oldest first
    builds: tuple[BuildFacts, ...] = ()  # at least those at the ends of the ranges


@dataclass(frozen=True, slots=True)
class Place:
    """Where the comment stands, and where its links lead."""

    repository: str
    number: int
    website: str
    dashboard_url: str | None = None

    def link_commit(self, sha: str | None) -> str:
        """A commit by its first seven letters, as GitHub shows them."""
        if sha is None:
            return "an unknown commit"
        return make_link(_short(sha), f"{self._url}/commit/{sha}")

    def link_range(self, ends: RegressionRange) -> str:
        """The commits between two ends, by a comparison where both are known."""
        if ends.last_good is None:
            return f"the commits up to {self.link_commit(ends.first_bad)}"
        if ends.first_bad is None:
            return f"the commits after {self.link_commit(ends.last_good)}"
        text = f"`{_cut_sha(ends.last_good)}...{_cut_sha(ends.first_bad)}`"
        return make_link(text, f"{self._url}/compare/{ends.last_good}...{ends.first_bad}")

    def link_incident(self, incident: Incident) -> str | None:
        """The page of an incident; None where there is no dashboard for people."""
        if self.dashboard_url is None:
            return None
        name = quote(incident.id, safe="", errors="replace")
        page = f"{self.dashboard_url.rstrip('/')}/incidents/{name}"
        return make_link("the page of this incident", page)

    @property
    def _url(self) -> str:
        return f"{self.website.rstrip('/')}/{self.repository}"


# ---------------------------------------------------------------- the headline


def render_headline(report: Report, place: Place) -> str:
    """One line that says it all: what broke, on which builders, how sure."""
    return _HEADLINES[find_stage(report)](report, place)


def find_stage(report: Report) -> str:
    """Which of the five texts fits. Whatever accuses nobody for sure takes the accusation back."""
    if report.state is not IncidentState.OPEN:
        return report.state
    accusing = report.verdict in (Verdict.SUSPECTED, Verdict.CONFIRMED)
    return report.verdict if accusing else IncidentState.WITHDRAWN


def _head_confirmed(report: Report, _place: Place) -> str:
    return f"🔴 **This pull request broke {find_what(report)}** {find_where(report)} (confirmed)."


def _head_suspected(report: Report, _place: Place) -> str:
    # Rounded down: nobody is told more than we know. The small part is for binary fractions.
    percent = min(99, int(report.incident.confidence * 100 + 1e-6))
    sure = f" ({percent}% sure)" if percent > 0 else ""
    what, where = find_what(report), find_where(report)
    return f"🔴 **This pull request is suspected of breaking {what}** {where}{sure}."


def _head_fixed(report: Report, place: Place) -> str:
    by = _fixed_by(report.incident.fix, place)
    return f"🟢 **Fixed{by}:** {find_what(report)} is green again {find_where(report)}."


def _head_closed(report: Report, _place: Place) -> str:
    return f"⚪ **Closed**, no fix was seen: {find_what(report)} {find_where(report)}."


def _head_withdrawn(report: Report, _place: Place) -> str:
    return (
        f"⚪ **Withdrawn:** we no longer say that this pull request broke {find_what(report)} "
        f"{find_where(report)}. Sorry for the noise."
    )


_HEADLINES: dict[str, Callable[[Report, Place], str]] = {
    Verdict.CONFIRMED: _head_confirmed,
    Verdict.SUSPECTED: _head_suspected,
    IncidentState.FIXED: _head_fixed,
    IncidentState.CLOSED: _head_closed,
    IncidentState.WITHDRAWN: _head_withdrawn,
}


def _fixed_by(fix: Fix | None, place: Place) -> str:
    if fix is None:
        return ""
    if fix.pull is None:
        return f" somewhere in {place.link_range(fix.range)}"
    return " by this pull request" if fix.pull == place.number else f" by #{fix.pull}"


def find_what(report: Report) -> str:
    """What broke: the first by name, and how many more."""
    names = sorted({describe(s.kind, s.site, s.suite) for s in report.incident.signatures})
    rest = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return (names[0] if names else "the build") + rest


def find_where(report: Report) -> str:
    """The builders that showed it."""
    return f"on {join_names(report.incident.builders, 2)}"


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


def describe(kind: Kind, site: str, suite: str) -> str:
    """A failure in a few words: the test, or what could not be done with which file."""
    return _KINDS.get(kind, _OTHER_KIND).format(make_inline_code(site or suite))


def join_names(names: Sequence[str], most: int) -> str:
    """Builders by name, each once; of many the first, and how many more."""
    ordered = sorted(set(names))
    shown = [make_text(name, 60) for name in ordered[:most]]
    if len(ordered) > most:
        left = len(ordered) - most
        return f"{', '.join(shown)} and {left} more builder{'s' if left > 1 else ''}"
    return (
        " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown) or "Buildbot"
    )


def _short(sha: str) -> str:
    return f"`{_cut_sha(sha)}`"


def _cut_sha(sha: str) -> str:
    """Seven letters, as GitHub shows them; nothing else may pass for a sha."""
    return sha[:7] if sha.isascii() and sha.isalnum() else "unknown"
