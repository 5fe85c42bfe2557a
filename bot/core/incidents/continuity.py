"""What becomes of incidents from one fold to the next, and whom that concerns.

In: a branch's incidents as they stood and as they were folded anew. Out: what stands now, and the
pulls whose text may have to change. A refold may know less than the fold before it (builds fall
behind the horizon, a force push took commits away) or more (a build came late); neither may make
an accusation vanish without a word, or take back what is over.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.model import BranchCommits, Incident, IncidentState, Observation, Verdict

_OVER = frozenset({IncidentState.FIXED, IncidentState.WITHDRAWN, IncidentState.CLOSED})


def keep_identity(
    before: Sequence[Incident],
    folded: Sequence[Incident],
    line: BranchCommits,
    horizon: datetime,
    settled: Mapping[str, Incident] | None = None,
) -> tuple[Incident, ...]:
    """The incidents that stand now, by opening.

    What is over and was opened behind `horizon` is final, whatever a fold with fewer builds says;
    so is what `find_settled` settled, until builds that came since make something else of it.
    """
    after = _hand_on_ids(before, folded)
    same = {i.id for i in after if (settled or {}).get(i.id) == i}
    over = (i for i in before if i.state in _OVER)
    final = {i.id: i for i in over if i.opened_at < horizon or i.id in same}
    kept = {i.id: final.get(i.id, i) for i in after}
    lost = [i for i in before if i.id not in kept]
    known = {commit.sha for commit in line.commits} if any(map(_is_live, lost)) else set()
    for incident in lost:
        if any(_absorbs(i, incident) for i in after):
            continue
        if (left := _outlive(incident, known)) is not None:
            kept[incident.id] = left
    return tuple(sorted(kept.values(), key=lambda i: (i.opened_at, i.branch, i.id)))


def find_settled(before: Sequence[Incident], folded: Sequence[Incident]) -> dict[str, Incident]:
    """By id, what the first fold of a process makes of incidents that were over before it.

    A newer version may believe otherwise of the same builds. Nobody is told anew of what is over,
    so that what is stored stands while the fold says just this. Of red builds that nobody knew
    when it was stored, something came of it after all.
    """
    known = {build for incident in before for build in incident.red_builds}
    over = {incident.id for incident in before if incident.state in _OVER}
    return {
        incident.id: incident
        for incident in _hand_on_ids(before, folded)
        if incident.id in over and known.issuperset(incident.red_builds)
    }


def find_shown_pulls(
    incidents: Iterable[Incident], builds: Sequence[Observation]
) -> frozenset[int]:
    """The pulls whose comments show a commit on a builder that just built it."""
    built = {(build.builder, build.revision) for build in builds}
    return frozenset(
        incident.pull
        for incident in incidents
        if incident.state is IncidentState.OPEN and incident.pull is not None and built
        if any((b, sha) in built for b in incident.builders for sha in _find_commits(incident))
    )


def _find_commits(incident: Incident) -> set[str]:
    """Those that people look at: the suspects, and the ends of all ranges."""
    ends = (incident.range, *(one.range for one in incident.ranges))
    shas = {sha for end in ends for sha in (end.last_good, end.first_bad) if sha is not None}
    return shas | {suspect.sha for suspect in incident.suspects}


def _hand_on_ids(before: Sequence[Incident], folded: Sequence[Incident]) -> list[Incident]:
    """An incident that a late build opened earlier keeps the name under which it was told."""
    taken = {incident.id for incident in folded}
    orphans = [incident for incident in before if incident.id not in taken]
    known = {incident.id for incident in before}
    handed: list[Incident] = []
    for incident in folded:
        heir = incident
        if incident.id not in known:
            old = next((o for o in orphans if _is_same(o, incident)), None)
            if old is not None:
                orphans.remove(old)
                heir = keep_record(old, replace(incident, id=old.id))
        handed.append(heir)
    return handed


def keep_record(old: Incident | None, new: Incident) -> Incident:
    """Once it is over, an incident keeps what explained it before, also in another process."""
    if old is None or new.record is not None:
        return new
    evidence = {s.sha: s.testimony for s in old.suspects}
    suspects = tuple(replace(s, testimony=evidence.get(s.sha, ())) for s in new.suspects)
    return replace(new, suspects=suspects, record=old.record)


def _absorbs(whole: Incident, part: Incident) -> bool:
    """All that was told of the part is told of the whole: nobody has to be told otherwise."""
    return (
        whole.pull == part.pull
        and frozenset(part.signatures) <= frozenset(whole.signatures)
        and frozenset(part.builders) <= frozenset(whole.builders)
        # Not all of them: of many red builds some have been left out since.
        and not frozenset(part.red_builds).isdisjoint(whole.red_builds)
    )


def _is_live(incident: Incident) -> bool:
    return incident.state not in _OVER


def _is_same(old: Incident, new: Incident) -> bool:
    """True when both tell of the same failure on the same builds."""
    return not (
        frozenset(old.signatures).isdisjoint(new.signatures)
        or frozenset(old.red_builds).isdisjoint(new.red_builds)
    )


def _outlive(incident: Incident, known: Collection[str]) -> Incident | None:
    """What is left of an incident that the fold does not have; None: nobody was told of it."""
    if incident.state in _OVER:
        return incident
    if incident.range.first_bad is not None and incident.range.first_bad not in known:
        reason = "A force push took its commits away."
        return replace(incident, state=IncidentState.CLOSED, reason=reason)
    if incident.pull is None:
        return None
    return replace(
        incident,
        pull=None,
        confidence=0.0,
        verdict=Verdict.UNKNOWN,
        state=IncidentState.WITHDRAWN,
        reason="Builds that came in later tell another story.",
    )


@dataclass(frozen=True, slots=True)
class IncidentChanges:
    """What has to be written so that the incidents of a branch are what they should be."""

    changed: tuple[Incident, ...]  # new ones, too
    gone: tuple[Incident, ...]
    pulls: tuple[int, ...]  # whose text may have to change


def find_changes(before: Iterable[Incident], after: Iterable[Incident]) -> IncidentChanges:
    """What differs; incidents that are the very same object cost nothing."""
    known = {i.id: i for i in before}
    changed = tuple(i for i in after if known.get(i.id) is not i and known.get(i.id) != i)
    present = {i.id for i in after}
    gone = tuple(i for i in known.values() if i.id not in present)
    old = (known[i.id] for i in changed if i.id in known)
    pulls = {i.pull for i in (*changed, *gone, *old) if i.pull is not None}
    return IncidentChanges(changed, gone, tuple(sorted(pulls)))
