"""One commit that turns much of a fleet red is one incident, whatever fails where.

In: the incidents of a branch, and how many builders it has. Out: the same, with those gathered that
have one culprit. Tests that fail on some builders only are told apart while they are judged; where
all of them point to the same commit, people want to hear of it once.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from bot.core.model import Incident, IncidentState, Verdict

_SHARE = 4  # a quarter of the fleet: no test on a few odd platforms gets so far
_LEAST = 4  # builders; two of a fleet of three say little about a fleet


def group_incidents(incidents: Sequence[Incident], fleet: int) -> list[Incident]:
    """Those with the same likeliest commit as one, if they show on a quarter of the builders."""
    by_culprit: defaultdict[tuple[str, int], list[Incident]] = defaultdict(list)
    for incident in incidents:
        if incident.pull is not None and incident.suspects:
            by_culprit[incident.suspects[0].sha, incident.pull].append(incident)
    gathered: dict[str, Incident | None] = {}
    for parts in (run for of_one in by_culprit.values() for run in _split(of_one)):
        builders = {b for part in parts for b in part.builders}
        if len(parts) > 1 and len(builders) >= max(_LEAST, fleet / _SHARE):
            whole = _make_whole(parts, fleet)
            gathered |= {part.id: None for part in parts} | {whole.id: whole}
    found = (gathered.get(incident.id, incident) for incident in incidents)
    return [incident for incident in found if incident is not None]


def _split(incidents: Sequence[Incident]) -> list[list[Incident]]:
    """Those that were open together; what comes after all were over is news of its own."""
    runs: list[list[Incident]] = []
    for incident in sorted(incidents, key=lambda i: (i.opened_at, i.id)):
        if runs and any(i.closed_at is None or i.closed_at >= incident.opened_at for i in runs[-1]):
            runs[-1].append(incident)
        else:
            runs.append([incident])
    return runs


def _make_whole(parts: Sequence[Incident], fleet: int) -> Incident:
    """By the name of the first, with the belief of the surest."""
    surest = max(parts, key=lambda i: (i.verdict is Verdict.CONFIRMED, i.confidence))
    builders = tuple(sorted({b for part in parts for b in part.builders}))
    ranges = {r.builder: r for part in reversed(parts) for r in part.ranges}
    last = max(parts, key=_find_end)
    return replace(
        parts[0],
        signatures=tuple(sorted({s for part in parts for s in part.signatures})),
        builders=builders,
        ranges=tuple(ranges[b] for b in builders if b in ranges),
        red_builds=tuple(sorted({b for part in parts for b in part.red_builds})),
        verdict=surest.verdict,
        confidence=surest.confidence,
        suspects=surest.suspects,
        range=surest.range,
        reason=f"{len(builders)} of {fleet} builders broke at once. {surest.reason}",
        awaited=surest.awaited,
        state=last.state,
        closed_at=last.closed_at,
        fix=last.fix,
        record=surest.record,
    )


def _find_end(incident: Incident) -> tuple[bool, float, str]:
    """It is over when the last of its parts is."""
    at = incident.closed_at.timestamp() if incident.closed_at else 0.0
    return (incident.state is IncidentState.OPEN, at, incident.id)
