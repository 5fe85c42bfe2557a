"""What people decided of a branch's incidents, beside what builds say.

In: the incidents that builds fold to. Out: the same under people's rulings, and the pulls on which
something was told of those that changed. What reverts say of our verdicts is kept, however long
after an incident they land.
"""

from collections.abc import Sequence

from bot.core.blame import BranchState
from bot.core.carry_over import Changes
from bot.core.labels import find_revert_labels
from bot.core.model import Incident, Line
from bot.core.policy import Policy
from bot.core.rulings import Course, apply_rulings
from bot.ports import Rulings


class Judging:
    """Applies what people decided to what builds say."""

    def __init__(self, rulings: Rulings, policy: Policy) -> None:
        self._rulings = rulings
        self._policy = policy
        self._labelled: set[tuple[str, str]] = set()  # incidents, and what was kept of them

    async def judge(
        self, repo_id: int, branch: str, folded: Sequence[Incident], state: BranchState
    ) -> tuple[Incident, ...]:
        """The incidents under the rulings; those that no ruling concerns are the same objects."""
        rulings = await self._rulings.load_rulings(repo_id, branch)
        course = Course(state.line, lambda: state.observations)
        return tuple(apply_rulings(folded, rulings, self._policy, course))

    async def find_told(self, repo_id: int, changes: Changes) -> frozenset[int]:
        """The pulls on which these incidents were told of, whomever they accuse by now."""
        names = {incident.id for incident in (*changes.changed, *changes.gone)}
        return frozenset(await self._rulings.load_told(repo_id, sorted(names)))

    async def label(self, repo_id: int, incidents: Sequence[Incident], line: Line) -> None:
        """Keep what the reverts on a line say of our verdicts, as far as it is new."""
        found = find_revert_labels(repo_id, incidents, line)
        new = [label for label in found if (label.incident_id, label.source) not in self._labelled]
        await self._rulings.save_labels(new)
        self._labelled |= {(label.incident_id, label.source) for label in new}
