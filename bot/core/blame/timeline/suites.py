"""Which suites the steps of a builder are known to run: builds of it in, suites out.

A step's name says nothing of what it runs: builders of documents have a step `test`, too. Only a
builder that was seen to run a suite, in this step and by this command, may say that it passed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from bot.core.model import Observation, Occurrence, Signature, StepRun
from bot.core.model.build_results import is_green

Place = tuple[str, str | None]  # a step, and what it was told to run; None: not known
Suites = Mapping[Place, frozenset[str]]
SeenIn = tuple[frozenset[str | None], frozenset[Place]]  # the steps, and those with a command
_NONE: frozenset[str] = frozenset()


class ShowsFailures(Protocol):
    """A build, or the record of one: what it lists, and the steps that ran."""

    @property
    def sightings(self) -> Sequence[Occurrence]:
        """What failed in it."""

    @property
    def step_runs(self) -> Sequence[StepRun] | None:
        """The steps with their commands; None: not known."""


def find_places(build: ShowsFailures, seen: Iterable[str | None]) -> frozenset[Place]:
    """The steps of a build in which something was `seen`, where it is known what they ran."""
    commands = {s.name: s.command for s in build.step_runs or ()}
    return frozenset((step, commands[step]) for step in seen if step and commands.get(step))


def find_seen_in(builds: Iterable[ShowsFailures], signature: Signature) -> SeenIn:
    """The steps in which builds showed a failure, and the places."""
    steps: set[str | None] = set()
    places: set[Place] = set()
    for build in builds:
        seen = {s.step for s in build.sightings if s.signature == signature}
        steps |= seen
        places |= find_places(build, seen)
    return frozenset(steps), frozenset(places)


def find_shown_suites(build: Observation) -> Iterator[tuple[Place, str]]:
    """The suites that a build shows, each with its place: what ran there, or failed there."""
    commands = {s.name: s.command for s in build.step_runs or ()}
    shown = [(s.step, s.signature.suite) for s in build.sightings]
    shown += [(run.step, run.suite) for run in build.runs]
    for step, suite in dict.fromkeys(shown):
        if step is not None:
            yield (step, commands.get(step)), suite


def learn_suites(builds: Iterable[Observation]) -> dict[Place, frozenset[str]]:
    """What all builds of one builder show together."""
    known: dict[Place, frozenset[str]] = {}
    for place, suite in (shown for build in builds for shown in find_shown_suites(build)):
        known[place] = known.get(place, _NONE) | {suite}
    return known


def find_suites(build: Observation, known: Suites) -> frozenset[str]:
    """The suites that a build went through, as far as is known of its builder.

    Of a build that is not green it is not told which steps passed: all that the builder runs.
    """
    if not is_green(build.result):
        return _NONE.union(*known.values())
    places = [(s.name, s.command) for s in build.step_runs or () if s.ok]
    return _NONE.union(*(_find_at(place, known) for place in places))


def _find_at(place: Place, known: Suites) -> frozenset[str]:
    """What runs there; where a command is not known, that is no sign that it is another one."""
    step, command = place
    if command is None:
        return _NONE.union(*(suites for (name, _), suites in known.items() if name == step))
    return known.get(place, _NONE) | known.get((step, None), _NONE)
