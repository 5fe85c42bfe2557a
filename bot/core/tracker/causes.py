"""Which incidents are one cause, so that one issue tells of them; and whose turn it is.

In: incidents of all branches of a repository, and the causes that are known. Out: causes.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.model import Incident, IncidentState, Signature, Verdict
from bot.core.model.tracker import TrackedCause

# More of an incident than this is a broken build, not a list of tests.
_MOST = 50

# A test that failed for no cause once in its life is no news: at the second time it is a pattern.
_FLAKES = 2


def find_fingerprints(incident: Incident) -> tuple[str, ...]:
    """The names of what fails, the same on every branch and for every wording of a test's failure.

    What a machine does to its builds is named by its builders. Where there is no test, the message
    tells two failures of one file apart.
    """
    if incident.verdict is Verdict.ENVIRONMENT:
        return (_make_name("environment", *sorted(incident.builders)),)
    names = {_name_signature(s) for s in incident.signatures}
    return tuple(sorted(names)[:_MOST])


def _name_signature(signature: Signature) -> str:
    by_name = signature.is_test and signature.site
    words = () if by_name else (signature.suite, signature.message)
    return _make_name(signature.kind.value, signature.site, *words)


def _make_name(*parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "replace")
    return hashlib.sha256(text).hexdigest()[:20]


def make_marker(repo_id: int, cause: str) -> str:
    """The visible name of our issue: one word, which no search and no reader splits."""
    return f"nightswatch{_make_name(str(repo_id), cause)}"


_MARKER = re.compile(r"(?<![0-9A-Za-z])nightswatch[0-9a-f]{20}(?![0-9A-Za-z])")


def find_markers(body: str) -> frozenset[str]:
    """The markers in a text; anybody may have copied one."""
    return frozenset(_MARKER.findall(body))


def is_candidate(incident: Incident, now: datetime, after: timedelta) -> bool:
    """Whether it is open and not one pull's regression: flaky, the machine's, old, or unknown for
    long; `now` by the source's clock.
    """
    if incident.state is not IncidentState.OPEN:
        return False
    if incident.verdict in (Verdict.FLAKY, Verdict.ENVIRONMENT, Verdict.OLD):
        return True
    return incident.verdict is Verdict.UNKNOWN and now - incident.opened_at >= after


def may_file_unasked(
    incidents: Iterable[Incident], since: datetime, now: datetime, after: timedelta
) -> bool:
    """Whether one of them is worth an issue that nobody asked for: it lasts, or flaked before.

    `since`: what was red when this was switched on is no news.
    """
    return any(
        is_candidate(incident, now, after)
        and incident.opened_at > since
        and _lasts(incident, now, after)
        for incident in incidents
    )


def _lasts(incident: Incident, now: datetime, after: timedelta) -> bool:
    if incident.verdict is Verdict.FLAKY:
        flakes = incident.record.flakes if incident.record else 0
        return max(flakes, len(incident.red_builds)) >= _FLAKES
    return now - incident.opened_at >= after


def assign_causes(
    incidents: Sequence[Incident], known: Sequence[TrackedCause], repo_id: int
) -> tuple[TrackedCause, ...]:
    """All causes, with each of these incidents in one of them; the oldest incidents first."""
    causes = {cause.cause: cause for cause in known}
    for incident in sorted(incidents, key=lambda i: (i.opened_at, i.id)):
        prints = find_fingerprints(incident)
        cause = _find_cause(incident, prints, causes.values())
        if cause is None:
            cause = TrackedCause(repo_id, prints[0] if prints else incident.id, prints, ())
        if incident.id not in cause.incidents:
            cause = replace(cause, incidents=(*cause.incidents, incident.id))
        causes[cause.cause] = cause
    return tuple(causes.values())


def _find_cause(
    incident: Incident, prints: Collection[str], causes: Iterable[TrackedCause]
) -> TrackedCause | None:
    """The one that it is in, or else the one that tells of half of what fails in it."""
    best: TrackedCause | None = None
    most = 0
    for cause in causes:
        if incident.id in cause.incidents:
            return cause
        shared = len(set(prints) & set(cause.fingerprints))
        if shared > most and 2 * shared >= len(prints):
            best, most = cause, shared
    return best
