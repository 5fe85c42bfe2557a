"""What people decided of a branch's incidents, beside what builds say.

In: the incidents that builds fold to. Out: the same under people's overrides, and the pulls on
which those that changed were announced. What reverts say of our verdicts is kept, however long
after an incident they land.
"""

from collections.abc import Sequence

from bot.core.blame import BranchState
from bot.core.incidents.continuity import IncidentChanges
from bot.core.incidents.feedback import find_revert_feedback
from bot.core.incidents.overrides import CommitTimeline, apply_overrides
from bot.core.model import BranchCommits, Incident
from bot.core.policy.thresholds import Policy
from bot.core.ports import Overrides


class OverrideApplier:
    """Applies what people decided to what builds say."""

    def __init__(self, overrides: Overrides) -> None:
        self._overrides = overrides
        self._saved: set[tuple[str, str]] = set()  # incidents, and what was kept of them

    async def apply(
        self,
        repo_id: int,
        branch: str,
        folded: Sequence[Incident],
        state: BranchState,
        policy: Policy,
    ) -> tuple[Incident, ...]:
        """The incidents under the overrides; those that none concerns are the same objects."""
        overrides = await self._overrides.load_overrides(repo_id, branch)
        timeline = CommitTimeline(state.line, lambda: state.observations)
        return tuple(apply_overrides(folded, overrides, policy, timeline))

    async def load_announced_pulls(self, repo_id: int, changes: IncidentChanges) -> frozenset[int]:
        """The pulls on which these incidents were announced, whomever they accuse by now."""
        names = {incident.id for incident in (*changes.changed, *changes.gone)}
        return frozenset(await self._overrides.load_announced_pulls(repo_id, sorted(names)))

    async def save_feedback(
        self, repo_id: int, incidents: Sequence[Incident], line: BranchCommits
    ) -> None:
        """Keep what the reverts on a line say of our verdicts, as far as it is new."""
        found = find_revert_feedback(repo_id, incidents, line)
        new = [one for one in found if (one.incident_id, one.source) not in self._saved]
        await self._overrides.save_feedback(new)
        self._saved |= {(one.incident_id, one.source) for one in new}
