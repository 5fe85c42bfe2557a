"""How long builders take: their past builds in, what each of them has to do out.

What waits for a builder now only its CI knows: who asks it puts that in (`replace`).
"""

from collections.abc import Iterable
from datetime import datetime
from statistics import median

from bot.core.model import BuilderLoad, Observation
from bot.core.model.build_results import is_evidence

_BUILDS_MEASURED = 15  # the newest: a builder that got a faster machine is not judged by its past


def measure_builders(observations: Iterable[Observation], now: datetime) -> dict[str, BuilderLoad]:
    """By name, every builder of which a build went to its end before now."""
    builds: dict[str, list[Observation]] = {}
    for build in observations:
        if build.complete_at <= now and is_evidence(build.result):
            builds.setdefault(build.builder, []).append(build)
    return {name: measure_builder(own) for name, own in builds.items()}


def measure_builder(builds: list[Observation]) -> BuilderLoad:
    """One builder, by its builds that went to their end, of which there is at least one."""
    in_order = sorted(builds, key=lambda b: b.order)
    lengths = [_find_minutes(b) for b in in_order[-_BUILDS_MEASURED:]]
    return BuilderLoad(
        builder=in_order[-1].builder,
        minutes=median(lengths),
        longest=max(lengths),
        since=min(b.started_at for b in in_order),
    )


def _find_minutes(build: Observation) -> float:
    return max(1.0, (build.complete_at - build.started_at).total_seconds() / 60.0)
