"""Commands by which people overrule a verdict, or take that back.

In: a `GivenCommand`. Out: a `CommandDecision` with overrides, and what they say of the verdict.
"""

import re
from collections.abc import Callable, Sequence

from bot.core.commands.arguments import (
    find_builders,
    find_commit,
    find_culprit_incident,
    find_tests,
)
from bot.core.commands.decision import (
    CommandContext,
    CommandDecision,
    GivenCommand,
    misunderstand,
    refuse,
)
from bot.core.commands.replies import describe_incidents
from bot.core.incidents.overrides import make_ref
from bot.core.model import Incident
from bot.core.model.commands import (
    CommandResult,
    Feedback,
    FeedbackKind,
    Override,
    OverrideKind,
    Role,
)


def _ask_which(context: CommandContext, what: str) -> CommandDecision:
    return CommandDecision(CommandResult.NOT_UNDERSTOOD, describe_incidents(context.open, what))


_NOTHING_OPEN = CommandDecision(
    CommandResult.NOT_UNDERSTOOD, "No open incident concerns this pull."
)


def _rule(
    given: GivenCommand,
    kind: OverrideKind,
    incidents: Sequence[Incident],
    answer: str = "",
    *,
    sha: str | None = None,
    pull: int | None = None,
) -> CommandDecision:
    comment = given.context.comment
    overrides = tuple(
        Override(
            repo_id=comment.repo_id,
            comment_id=comment.comment_id,
            position=given.position,
            part=part,
            kind=kind,
            by=comment.author,
            role=given.context.role,
            at=comment.created_at,
            number=comment.number,
            target=make_ref(incident),
            sha=sha,
            pull=pull,
        )
        for part, incident in enumerate(incidents)
    )
    pairs = zip(overrides, incidents, strict=True)
    feedback = tuple(label for r, i in pairs if (label := make_feedback(r, i)) is not None)
    return CommandDecision(CommandResult.DONE, answer, overrides=overrides, feedback=feedback)


def make_feedback(override: Override, incident: Incident) -> Feedback | None:
    """What an override says of the verdict that it met; None where it says nothing of it."""
    words = {
        OverrideKind.NOT_ME: FeedbackKind.OBJECTED,
        OverrideKind.BLAME: FeedbackKind.AFFIRMED
        if override.pull == incident.pull
        else FeedbackKind.OTHER,
        OverrideKind.FLAKY: FeedbackKind.FLAKY,
        OverrideKind.INFRA: FeedbackKind.ENVIRONMENT,
    }
    word = words.get(override.kind)
    if word is None:
        return None
    return Feedback(
        repo_id=override.repo_id,
        incident_id=incident.id,
        source=f"comment {override.comment_id}#{override.position}.{override.part}",
        word=word,
        verdict=incident.verdict.value,
        pull=incident.pull,
        confidence=incident.confidence,
        at=override.at,
    )


def decide_not_me(given: GivenCommand) -> CommandDecision:
    """It counts against this pull being the cause."""
    context, number = given.context, given.context.pull.number
    suspected = [i for i in context.open if any(s.pull == number for s in i.suspects)]
    if not suspected:
        return CommandDecision(
            CommandResult.NOT_UNDERSTOOD, "No open incident holds this pull for its cause."
        )
    answer = (
        "Noted: it counts against this pull being the cause. "
        "Others are named only when builds say so."
    )
    return _rule(given, OverrideKind.NOT_ME, suspected, answer, pull=number)


_COMMIT = re.compile(r"(?P<commit>#\d{1,9}|[0-9a-fA-F]{7,40})(?:\s+(?P<incident>[0-9a-f]{4,12}))?")


def decide_blame(given: GivenCommand) -> CommandDecision:
    """Somebody names the culprit."""
    context, words = given.context, _COMMIT.fullmatch(given.argument)
    if words is None:
        return misunderstand(given.command, context)
    if not context.open:
        return _NOTHING_OPEN
    lines = context.lines or {}
    found = find_culprit_incident(context.open, lines, words["commit"], words["incident"])
    if isinstance(found, str):
        return CommandDecision(CommandResult.NOT_UNDERSTOOD, found)
    if found is None:
        return _ask_which(context, "add the id of the incident that you mean")
    incident, commit = found
    where = f"pull {commit.pull}" if commit.pull else "a commit without a pull: nobody is told"
    answer = f"Named: {where}."
    return _rule(given, OverrideKind.BLAME, [incident], answer, sha=commit.sha, pull=commit.pull)


def decide_flaky(given: GivenCommand) -> CommandDecision:
    """The tests that are named fail for no cause."""
    return _file(given, OverrideKind.FLAKY, find_tests, "name the test")


def decide_infra(given: GivenCommand) -> CommandDecision:
    """The builders that are named fail for their machine."""
    return _file(given, OverrideKind.INFRA, find_builders, "name the builder")


def _file(
    given: GivenCommand,
    kind: OverrideKind,
    find: Callable[[Sequence[Incident], str], list[Incident]],
    what: str,
) -> CommandDecision:
    standing = given.context.open
    if not standing:
        return _NOTHING_OPEN
    if not given.argument and len(standing) > 1:
        return _ask_which(given.context, what)
    chosen = find(standing, given.argument) if given.argument else list(standing)
    if not chosen:
        return _ask_which(given.context, "none has what you named")
    return _rule(given, kind, chosen)


def decide_fixed_by(given: GivenCommand) -> CommandDecision:
    """Somebody names the fix."""
    context, words = given.context, _COMMIT.fullmatch(given.argument)
    if words is None or words["incident"]:
        return misunderstand(given.command, context)
    if not context.open:
        return _NOTHING_OPEN
    lines = context.lines or {}
    found = {i.branch: find_commit(lines.get(i.branch), words["commit"]) for i in context.open}
    commits = [commit for commit in found.values() if commit is not None]
    text = words["commit"]
    if not commits and not text.startswith("#"):
        return CommandDecision(
            CommandResult.NOT_UNDERSTOOD, "No such commit is known on the branch."
        )
    sha = commits[0].sha if commits else None
    pull = int(text[1:]) if text.startswith("#") else commits[0].pull
    about = [i for i in context.open if not commits or found[i.branch] is not None]
    later = "" if commits else " It has not landed yet, as far as is known."
    answer = f"It is closed once that commit is green.{later}"
    return _rule(given, OverrideKind.FIXED_BY, about, answer, sha=sha, pull=pull)


def decide_undo(given: GivenCommand) -> CommandDecision:
    """The giver's last override, or for those who may write anybody's, is taken back."""
    context = given.context
    writes = context.role.is_at_least(Role.WRITE)
    me = context.comment.author.lower()
    mine = [r for r in context.overrides if writes or r.by.lower() == me]
    if not mine:
        if context.overrides:
            return refuse(given.command)
        return CommandDecision(CommandResult.NOT_UNDERSTOOD, "There is nothing to take back.")
    last = max(mine, key=lambda override: override.order)
    undone = tuple(
        r for r in mine if (r.comment_id, r.position) == (last.comment_id, last.position)
    )
    return CommandDecision(CommandResult.DONE, f"Taken back: `{last.kind}`.", undone=undone)
