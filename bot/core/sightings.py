"""A build's reading → the signatures it shows.

Input: a build, and what its logs say. Output: sightings, each signature once. What is nobody's
commit, or not understood, is no sighting: it opens no incident.
"""

from bot.core.model import Build, Kind, Reading, Sighting
from bot.core.signature import make_signature

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
