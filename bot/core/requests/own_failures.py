"""What an open pull breaks by itself: a build of its head and those of its branch in, failures out.

A failure that the branch had lately, on this builder or in an open incident, is not the pull's: its
message may differ, since its lines do. Nothing of this is evidence about the branch.
"""

from collections.abc import Iterable, Sequence

from bot.core.model import BuildRecord, Incident, IncidentState, Occurrence, Signature


def find_own_failures(
    build: BuildRecord, base: Sequence[BuildRecord], incidents: Iterable[Incident]
) -> tuple[tuple[Occurrence, ...], int]:
    """The failures that the branch does not have, and how many others it shares with it.

    `base`: builds of the branch on this builder; `incidents`: those of the branch. What failed and
    passed when it was run again within the build is nobody's.
    """
    known = {_name(o.signature) for record in base for o in record.sightings}
    for incident in incidents:
        if incident.state is IncidentState.OPEN:
            known |= {_name(signature) for signature in incident.signatures}
    failed = [o for o in build.sightings if not o.passed_on_rerun]
    own = tuple(o for o in failed if _name(o.signature) not in known)
    return own, len(failed) - len(own)


def _name(signature: Signature) -> tuple[str, bool, str]:
    """By what it is known again on another branch, whatever its message says."""
    return (signature.suite, signature.is_test, signature.site)
