"""What each build of some commits says of an incident: the cells of its table.

In: an incident, the builds of the commits that are shown, and others that showed it. Out: a cell
for every build. What beliefs were made from is told as it went into them; the other builds
are asked by the very rule that beliefs go by.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.core.blame.timeline.outcomes import ExecutedSuites, find_outcome, find_shown
from bot.core.blame.timeline.suites import (
    SeenIn,
    ShowsFailures,
    Suites,
    find_seen_in,
    find_suites,
    learn_suites,
)
from bot.core.model import BuildAt, BuildCell, Incident, Observation, Outcome, Says, Signature
from bot.core.render.builds_table import find_believed_builds


def find_cells(
    incident: Incident, builds: Sequence[BuildAt], others: Iterable[ShowsFailures]
) -> tuple[BuildCell, ...]:
    """A cell for each build; `others` are more builds that showed the incident."""
    believed = find_believed_builds(incident)
    built: defaultdict[str, list[Observation]] = defaultdict(list)
    for observation in (b.observation for b in builds if b.observation):
        built[observation.builder].append(observation)
    known = [*others, *(o for own in built.values() for o in own)]
    seen_in = {s: find_seen_in(known, s) for s in incident.signatures}
    suites = {builder: learn_suites(own) for builder, own in built.items()}
    return tuple(
        BuildCell(
            sha=build.sha,
            builder=build.builder,
            ref=build.ref,
            number=build.number,
            url=build.url,
            says=believed.get(build.ref) or _find_says(build.observation, seen_in, suites),
        )
        for build in builds
    )


def _find_says(
    observation: Observation | None,
    seen_in: Mapping[Signature, SeenIn],
    suites: Mapping[str, Suites],
) -> Says:
    """It failed if any part of the incident did; it passed only if all of it was seen to."""
    if observation is None:
        return Says.RUNNING
    shown = find_shown(observation)
    outcomes = set()
    for signature, (steps, places) in seen_in.items():
        executed = ExecutedSuites(
            lambda: find_suites(observation, suites[observation.builder]), places
        )
        outcomes.add(find_outcome(observation, signature, steps, shown, executed))
    if Outcome.FAIL in outcomes:
        return Says.FAIL
    if Outcome.FLAKED in outcomes:
        return Says.FLAKED
    return Says.PASS if outcomes == {Outcome.PASS} else Says.NOTHING
