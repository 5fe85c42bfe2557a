"""What a look at our own record asks of the store; `visible` as of `DetailStore`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.model import BranchCommits, BuildRef, Incident
from bot.core.model.commands import Feedback, Override


@dataclass(frozen=True, slots=True)
class Accusation:
    """What was said of one incident on one pull, or would have been in a dry run."""

    repo_id: int
    number: int
    incident_id: str
    told_at: datetime
    confidence: float | None  # when it was told; None: not known any more
    is_posted: bool
    is_withdrawn: bool  # by ourselves


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """Everything that tells how good we are."""

    accusations: Sequence[Accusation]
    incidents: Mapping[tuple[int, str], Incident]  # by repository and id, as they are by now
    lines: Mapping[tuple[int, str], BranchCommits]  # by repository and branch
    overrides: Sequence[Override]  # those that stand
    feedback: Sequence[Feedback]  # the same
    ended: Mapping[BuildRef, datetime]  # the builds at the ends of ranges


class RecordStore(Protocol):
    """What is asked of the store."""

    async def load_record_facts(self, visible: Collection[int] | None = None) -> RecordFacts:
        """All that is kept."""
        ...
