"""What later commits say of our verdicts: incidents and a branch's commits in, labels out."""

from collections.abc import Sequence

from bot.core.model import BranchCommits, Incident
from bot.core.model.commands import Feedback, FeedbackKind


def find_revert_feedback(
    repo_id: int, incidents: Sequence[Incident], line: BranchCommits
) -> tuple[Feedback, ...]:
    """A revert of a commit of the accused pull says that the accusation was right.

    Only what a commit says it reverts counts, and only of commits that were suspects; of what
    nobody was accused of, a revert says nothing.
    """
    reverts = {commit.reverts: commit for commit in line.commits if commit.reverts}
    found = []
    for incident in incidents:
        for suspect in incident.suspects:
            revert = reverts.get(suspect.sha)
            if revert is None or incident.pull is None or suspect.pull != incident.pull:
                continue
            found.append(
                Feedback(
                    repo_id=repo_id,
                    incident_id=incident.id,
                    source=f"revert {revert.sha}",
                    word=FeedbackKind.REVERTED,
                    verdict=incident.verdict.value,
                    pull=incident.pull,
                    confidence=incident.confidence,
                    at=revert.at,
                )
            )
    return tuple(found)
