"""`revert`: whether a pull that takes this one back is opened, and what it says.

In: a `GivenCommand`, and the evidence of what it broke. Out: a `CommandDecision`; the title and
the body of the revert. Nothing is ever merged: that is for people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.commands.decision import CommandDecision, GivenCommand, misunderstand
from bot.core.commands.replies import render_explanation
from bot.core.model import Incident, IncidentState, Pull, Verdict
from bot.core.model.commands import CommandResult, UserComment
from bot.core.render.headline import LinkContext, Report
from bot.core.render.markdown import make_text

REVERT = "revert"
ANYWAY = "anyway"

_LONGEST_TITLE = 256  # GitHub takes no longer ones
_LONGEST_BODY = 60_000  # GitHub takes 65,536 letters


@dataclass(frozen=True, slots=True)
class RevertText:
    """What the pull that takes another back says of it."""

    title: str
    body: str


def decide_revert(given: GivenCommand) -> CommandDecision:
    """Done without an answer: the answer is the pull, which is still to be opened."""
    if given.argument not in {"", ANYWAY}:
        return misunderstand(given.command, given.context)
    if given.argument == ANYWAY or find_confirmed(given.context.pull.number, given.context.open):
        return CommandDecision(CommandResult.DONE)
    return CommandDecision(
        CommandResult.NOT_ALLOWED,
        "It is not confirmed that this pull broke anything that is still red:"
        f" `{given.context.prefix} {REVERT} {ANYWAY}` opens a revert all the same.",
    )


def find_confirmed(number: int, incidents: Sequence[Incident]) -> list[Incident]:
    """The open incidents of which a pull is the confirmed culprit."""
    return [
        incident
        for incident in incidents
        if incident.pull == number
        and incident.verdict is Verdict.CONFIRMED
        and incident.state is IncidentState.OPEN
    ]


def make_revert_marker(number: int) -> str:
    """The hidden name of a revert: there is one of a pull, whoever asks for it and how often."""
    return f"<!-- nightswatch revert={number} -->"


def render_revert(
    pull: Pull, comment: UserComment, reports: Sequence[Report], place: LinkContext
) -> RevertText:
    """The evidence as it is now, who asked for it, and the marker by which it is found again."""
    asked = (
        f"Reverts {place.repository}#{pull.number}, as {make_text(comment.author, 40)} asked with"
        f" `{place.prefix} {REVERT}` there."
    )
    evidence = "No build tells of anything that it broke and that is still red."
    if reports:
        evidence = render_explanation(reports, place)
    end = "It is opened for people to look at: merge it, or close it and fix what is red instead."
    marker = make_revert_marker(pull.number)
    room = _LONGEST_BODY - len(asked) - len(end) - len(marker)
    shown = evidence if len(evidence) <= room else "What it broke is told in our comment there."
    title = f'Revert "{pull.title}"'
    return RevertText(title[:_LONGEST_TITLE], "\n\n".join([asked, shown, end, marker]))


def render_opened(number: int) -> str:
    """The answer: where it is."""
    return f"#{number} takes this pull back. It is for people to merge, or to close."


def render_not_opened(reason: str) -> str:
    """The answer where GitHub refused."""
    return f"GitHub opens no revert for us: {make_text(reason, 300)}."


DRY_RUN = "This is a dry run: no revert is opened."
