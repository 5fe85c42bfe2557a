"""What to look at in a build, what it shows, and what is missing of it.

Input: a build as Buildbot tells it, its logs and what they say. Output: the logs worth reading,
sightings, named gaps.
"""

from collections.abc import Sequence

from bot.core.model import Build, Kind, Log, Reading, Sighting
from bot.core.results import is_evidence, is_red
from bot.core.signature import make_signature

# What is nobody's commit, or not understood, opens no incident.
NOBODYS = frozenset({Kind.INFRA, Kind.UNKNOWN, Kind.INTERRUPTED})


def make_sightings(build: Build, reading: Reading | None) -> tuple[Sighting, ...]:
    """The signatures a build shows; a partial reading mints none, for it may have missed some."""
    if reading is None or reading.partial or build.branch is None:
        return ()
    seen = {
        Sighting(make_signature(build.branch, failure), bool(failure.passed_on_rerun)): None
        for failure in reading.failures
        if failure.kind not in NOBODYS
    }
    return tuple(seen)


def find_logs_to_read(logs: Sequence[Log]) -> tuple[Log, ...]:
    """The logs of the failed steps: what people look at first (`stdio`) comes first."""
    failed = [source for source in logs if is_red(source.step_result)]
    return tuple(sorted(failed, key=lambda s: (s.name != "stdio", s.step_number, s.logid)))


def find_gaps(build: Build) -> tuple[str, ...]:
    """Named reasons why a build that tells of its revision cannot be placed on a branch."""
    if not is_evidence(build.result):
        return ()
    gaps = (
        (build.revision is None, "no revision: the build did not get as far as one"),
        (build.branch is None, "no branch: the sourcestamp names none"),
    )
    return tuple(words for missing, words in gaps if missing)
