"""What one build says of one signature: an observation and a signature in, an outcome out.

A build lists only what failed, so that passing is inferred, and only where it was surely seen.
"""

from collections.abc import Collection, Mapping, Sequence

from bot.core.model import Kind, Observation, Outcome, Sighting, Signature
from bot.core.results import is_evidence, is_green

# These stop a build before its tests: where any test ran, they did not happen.
_BEFORE_TESTS = frozenset(
    {Kind.COMPILE_ERROR, Kind.LINK_ERROR, Kind.BUILD_FAILURE, Kind.CONFIG_ERROR}
)


Shown = Mapping[str, Sequence[Sighting]]


def find_shown(observation: Observation) -> Shown:
    """What a build lists, by site: where thousands of tests fail, it is looked through once."""
    shown: dict[str, list[Sighting]] = {}
    for sighting in observation.sightings:
        shown.setdefault(sighting.signature.site, []).append(sighting)
    return shown


def outcome(
    observation: Observation,
    signature: Signature,
    steps: Collection[str | None] = (),
    shown: Shown | None = None,
) -> Outcome | None:
    """PASS, FAIL or FLAKED; None where the build says nothing of this signature.

    `steps` are those in which it was ever seen: a build that ran none of them passed nothing.
    `shown` is `find_shown` of the build, for those who ask of many signatures.
    """
    if observation.branch != signature.branch or not is_evidence(observation.result):
        return None
    if shown is None:
        here: Sequence[Sighting] = [
            s for s in observation.sightings if s.signature.site == signature.site
        ]
    else:
        here = shown.get(signature.site, ())
    if here:
        return _of_sightings(observation, [s for s in here if s.signature == signature])
    if not _passed(observation, signature) or not _ran(observation, steps):
        return None
    return Outcome.PASS


def _ran(observation: Observation, steps: Collection[str | None]) -> bool:
    """True where it is not known which steps ran, or in which one it was seen."""
    if observation.steps is None or not is_green(observation.result):
        return True
    return not steps or None in steps or not frozenset(observation.steps).isdisjoint(steps)


def _of_sightings(observation: Observation, own: Sequence[Sighting]) -> Outcome | None:
    if not own:  # the same site with another message may hide this failure
        return None
    if all(s.passed_on_rerun for s in own):
        return Outcome.FLAKED
    # A green build that lists a failure contradicts itself: a step that only warns, or a re-run
    # that the log did not show. It is no evidence either way.
    return None if is_green(observation.result) else Outcome.FAIL


def _passed(observation: Observation, signature: Signature) -> bool:
    if is_green(observation.result):
        return True
    if signature.is_test:
        return any(
            run.suite == signature.suite
            and (run.complete or _reached(run.not_reached, signature.site))
            for run in observation.runs
        )
    return signature.kind in _BEFORE_TESTS and bool(observation.runs)


def _reached(not_reached: tuple[str, ...] | None, site: str) -> bool:
    """What was not reached may be a test or a whole file: regrtest names files, and sites tests."""
    return not_reached is not None and not any(
        site == name or site.startswith((f"{name}.", f"{name}::")) for name in not_reached
    )
