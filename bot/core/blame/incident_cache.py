"""Incidents of which only another red build is known since they were made.

What nobody mends fails in every build, long after beliefs have settled. Making such incidents anew
was half of the work on a long past.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.core.blame.case import Posterior
from bot.core.blame.regression_ranges import Ranges
from bot.core.blame.timeline.failure_history import FailureHistory, Streak
from bot.core.model import Incident, IncidentState, Signature


class _Published(NamedTuple):
    """An incident, and all that it was made of but its red builds."""

    belief: Posterior | None
    streak: Streak
    ranges: Ranges
    incident: Incident


class IncidentCache:
    """By the first of those that share a streak. It only saves time.

    With `enough` red builds, every rule about how many have to agree is met.
    """

    def __init__(self, enough: int) -> None:
        self._enough = enough
        self._published: dict[Signature, _Published] = {}

    def find(
        self, failures: Sequence[FailureHistory], streak: Streak, ranges: Ranges
    ) -> Incident | None:
        """The incident of these failures, where it is what it was but for its red builds.

        What accuses somebody tells how many they are, and is made anew.
        """
        known = self._published.get(failures[0].signature)
        if known is None or known.incident.pull is not None:
            return None
        same = (
            known.belief is failures[0].belief
            and known.ranges is ranges
            and known.streak.builders == streak.builders
            and known.streak.opening is streak.opening
            and len(known.streak.reds) >= self._enough
            and known.incident.signatures == tuple([f.signature for f in failures])
        )
        if not same:
            return None
        if known.streak is streak:
            return known.incident
        red_builds = tuple([e.build.ref for e in streak.reds])
        return replace(known.incident, red_builds=red_builds)

    def keep(
        self, failures: Sequence[FailureHistory], streak: Streak, ranges: Ranges, incident: Incident
    ) -> None:
        """Remember an incident that is open, where nobody was accused of it before."""
        if incident.state is IncidentState.OPEN and not any(f.accused for f in failures):
            page = _Published(failures[0].belief, streak, ranges, incident)
            self._published[failures[0].signature] = page
        else:
            self._published.pop(failures[0].signature, None)

    def forget(self, signature: Signature) -> None:
        """Its streak is over."""
        self._published.pop(signature, None)
