"""What one build says of one signature: an observation and a signature in, an outcome out.

A build lists only what failed, so that passing is inferred, and only where it was surely seen.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.core.blame.timeline.suites import Place
from bot.core.log_reading import find_places, is_inside
from bot.core.model import Kind, Observation, Occurrence, Outcome, Signature
from bot.core.model.build_results import Result, is_evidence, is_green

# These stop a build before its tests: where any test ran, they did not happen.
_BEFORE_TESTS = frozenset(
    {Kind.COMPILE_ERROR, Kind.LINK_ERROR, Kind.BUILD_FAILURE, Kind.CONFIG_ERROR}
)


# A failed file, class or module says nothing of what is inside; one that only left something
# behind, or passed when it was run again, has run.
_HIDES = frozenset({Kind.TEST_FAILURE, Kind.CRASH, Kind.TIMEOUT})

Shown = Mapping[str, Sequence[Occurrence]]


def _find_none() -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class ExecutedSuites:
    """What is known of a build's builder beside the build itself: why its silence is a pass."""

    find_suites: Callable[[], frozenset[str]] = _find_none  # that the build surely went through
    places: frozenset[Place] = frozenset()  # where the signature was seen, on any builder


def find_shown(observation: Observation) -> Shown:
    """What a build lists, by site and by all places that hold it.

    Where thousands of tests fail, the build is looked through once.
    """
    shown: dict[str, list[Occurrence]] = {}
    for sighting in observation.sightings:
        site = sighting.signature.site
        for place in find_places(site) if sighting.signature.is_test else (site,):
            shown.setdefault(place, []).append(sighting)
    return shown


def find_outcome(
    observation: Observation,
    signature: Signature,
    steps: Collection[str | None] = (),
    shown: Shown | None = None,
    executed: ExecutedSuites | None = None,
) -> Outcome | None:
    """PASS, FAIL or FLAKED; None where the build says nothing of this signature.

    `steps` are those in which it was ever seen; `shown` is `find_shown` of the build, for those
    who ask of many signatures; `executed` tells what else is known of the builder.
    """
    if observation.branch != signature.branch or not says_anything(observation):
        return None
    related: Sequence[Occurrence] = observation.sightings
    if related and shown is not None:
        related = [s for place in find_places(signature.site) for s in shown.get(place, ())]
    if related:
        if any(_is_at(s.signature, signature) for s in related):
            return _of_sightings(observation, [s for s in related if s.signature == signature])
        if any(_hides(s, signature) for s in related):
            return None
    if not is_evidence(observation.result):
        return None
    if observation.step_runs is None:
        passed = _passed_by_name(observation, signature, steps)
    else:
        passed = _passed(observation, signature, executed or ExecutedSuites())
    return Outcome.PASS if passed else None


def says_anything(observation: Observation) -> bool:
    """The build as a whole does, or what had failed before a later step ended it."""
    if is_evidence(observation.result):
        return True
    return observation.result is Result.EXCEPTION and bool(observation.sightings)


def _is_at(other: Signature, signature: Signature) -> bool:
    """True for another failure of the same test, or of one that may be it.

    Of a file that failed as a whole the test is not always known.
    """
    if other.site == signature.site:
        return True
    return other.is_test and signature.is_test and is_inside(other.site, signature.site)


def _hides(sighting: Occurrence, signature: Signature) -> bool:
    """True for a failure of what holds this test: it may not have run."""
    other = sighting.signature
    failed = other.kind in _HIDES and not sighting.passed_on_rerun
    return failed and signature.is_test and is_inside(signature.site, other.site)


def _of_sightings(observation: Observation, own: Sequence[Occurrence]) -> Outcome | None:
    if not own:  # the same site with another message may hide this failure
        return None
    if all(s.passed_on_rerun for s in own):
        return Outcome.FLAKED
    # A green build that lists a failure contradicts itself: a step that only warns, or a re-run
    # that the log did not show. It is no evidence either way.
    return None if is_green(observation.result) else Outcome.FAIL


def _passed(observation: Observation, signature: Signature, executed: ExecutedSuites) -> bool:
    """Its suite was seen to run here, or the builder is known to run it in steps that passed."""
    if signature.is_test:
        return _saw_pass(observation, signature, lambda: signature.suite in executed.find_suites())
    if not is_green(observation.result):
        ran_tests = signature.kind in _BEFORE_TESTS and bool(observation.runs)
        return ran_tests and signature.suite in executed.find_suites()
    # Compilers say nothing when all is well: the same step by the same command is one, too.
    return signature.suite in executed.find_suites() or any(
        (step.name, step.command) in executed.places
        for step in observation.step_runs or ()
        if step.ok and step.command is not None
    )


def _saw_pass(observation: Observation, signature: Signature, is_known: Callable[[], bool]) -> bool:
    """True where the suite ran, and every run of it surely came to this test.

    Of two runs of one suite nobody knows which has the test, so that both must have come to it. A
    green build whose logs told of no run is believed where its builder `is_known` to run the
    suite; one whose run was cut is not.
    """
    runs = [run for run in observation.runs if run.suite == signature.suite]
    if not runs:
        return is_green(observation.result) and is_known()
    return all(run.reached(signature.site) for run in runs)


# ---------------------------------------------------------------- builds without commands


def _passed_by_name(
    observation: Observation, signature: Signature, steps: Collection[str | None]
) -> bool:
    """By the names of steps, of builds of which no more is known: history files, old facts."""
    if signature.is_test:
        passed = _saw_pass(observation, signature, lambda: True)
    else:
        ran_tests = signature.kind in _BEFORE_TESTS and bool(observation.runs)
        passed = is_green(observation.result) or ran_tests
    return passed and _ran(observation, steps)


def _ran(observation: Observation, steps: Collection[str | None]) -> bool:
    """True where it is not known which steps ran, or in which one it was seen."""
    if observation.steps is None or not is_green(observation.result):
        return True
    return not steps or None in steps or not frozenset(observation.steps).isdisjoint(steps)
