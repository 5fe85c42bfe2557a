"""What a build has to do with an incident: it shows it, or tells something of it."""

from enum import StrEnum

from bot.core.model import BuildRecord, Incident


class BuildRole(StrEnum):
    """The part of a build in an incident; the first that fits is told."""

    SHOWS = "shows it"
    LAST_GOOD = "last good before it"
    EVIDENCE = "evidence on a suspect"


def find_build_role(incident: Incident, record: BuildRecord) -> BuildRole | None:
    """None: it has nothing to do with it, as far as is stored."""
    ref, ended = record.build.ref, record.build.complete_at
    if ended is not None and incident.is_shown_by(ref, ended, record.sightings):
        return BuildRole.SHOWS
    if any(one.last_good_build == ref for one in incident.ranges):
        return BuildRole.LAST_GOOD
    if any(one.build == ref for suspect in incident.suspects for one in suspect.testimony):
        return BuildRole.EVIDENCE
    return None
