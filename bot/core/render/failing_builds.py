"""The red builds of an incident → what each of them shows.

In: an incident, and the facts of its builds. Out: one exhibit a builder, in the order of folding.
"""

from collections.abc import Sequence

from bot.core.failures.signature import make_signature
from bot.core.model import BuildRecord, Incident
from bot.core.render.headline import FailingBuild

# Beyond these, another builder's log adds nothing to a comment.
_EXHIBITS = 6


def find_failing_builds(
    incident: Incident, builds: Sequence[BuildRecord]
) -> tuple[FailingBuild, ...]:
    """For each builder its first red build of the incident, with this incident's failures only."""
    wanted = frozenset(incident.signatures)
    red = frozenset(incident.red_builds)
    first: dict[str, BuildRecord] = {}
    for facts in builds:
        if facts.build.ref in red:
            first.setdefault(facts.builder.name, facts)
    return tuple(
        FailingBuild(
            build=facts.build,
            builder=facts.builder.name,
            url=facts.url,
            failures=tuple(
                failure
                for failure in (facts.reading.failures if facts.reading else ())
                if make_signature(incident.branch, failure) in wanted
            ),
            reproduce=facts.reading.reproduce if facts.reading else None,
            note=facts.note,
        )
        for facts in list(first.values())[:_EXHIBITS]
    )
