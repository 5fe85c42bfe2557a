"""What stands of a branch's incidents: builds, people's rulings and the past together.

In: the state that builds fold to, and the incidents that stood. Out: those that stand now, and the
pulls that have to look again. The labels that reverts give are kept on the way.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.core.blame import BranchState
from bot.core.carry_over import carry_over, find_changed_pulls
from bot.core.labels import find_revert_labels
from bot.core.model import Incident, Key, pull_key
from bot.core.policy import Policy
from bot.core.rulings import Course, apply_rulings
from bot.ports import Rulings


class Judging:
    """Applies what people decided to what builds say."""

    def __init__(self, rulings: Rulings, policy: Policy) -> None:
        self._rulings = rulings
        self._policy = policy

    async def judge(
        self, repo_id: int, state: BranchState, before: Sequence[Incident], final_before: datetime
    ) -> tuple[tuple[Incident, ...], list[Key]]:
        """The incidents of a branch that stand now, and the keys of those who have to look."""
        rulings = await self._rulings.load_rulings(repo_id, state.branch)
        course = Course(state.line, lambda: state.observations)
        ruled = apply_rulings(state.incidents, rulings, self._policy, course)
        after = carry_over(before, ruled, state.line, final_before)
        changed = {incident.id for incident in set(before) ^ set(after)}
        if not changed:
            return after, []
        await self._rulings.save_labels(find_revert_labels(repo_id, after, state.line))
        told = await self._rulings.load_told(repo_id, sorted(changed))
        pulls = {*told, *find_changed_pulls(before, after)}
        return after, [pull_key(repo_id, number) for number in sorted(pulls)]
