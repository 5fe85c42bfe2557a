"""What a command does: who gave it where, and what is known there, in; a deed out.

A deed is what is to be stored and answered. Nothing of it depends on what the text of the comment
claims: the role is GitHub's, the incidents are ours, and arguments only choose among them. No
answer repeats an argument, so that none can mention or link anything.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.answers import (
    describe_incidents,
    render_explanation,
    render_help,
    render_status,
    render_unknown,
    render_usage,
)
from bot.core.choosing import find_builders, find_commit, find_culprit_incident, find_tests
from bot.core.commands import Call, Command, Who, find_command
from bot.core.model import BuildFacts, Incident, IncidentState, Line, Pull
from bot.core.people import Label, Remark, Result, Role, Ruling, RulingKind, Word
from bot.core.report import Place, Report
from bot.core.rulings import make_target

_LONGEST_PAUSE = 30 * 24  # hours: who wants more, wants us gone


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a command may ask about, as it is now."""

    remark: Remark
    pull: Pull
    role: Role
    prefix: str
    place: Place
    incidents: tuple[Incident, ...] = ()  # that concern this pull, the open ones first
    lines: Mapping[str, Line] | None = None  # the commits of their branches
    rulings: tuple[Ruling, ...] = ()  # on this pull or about these incidents, and not undone
    reports: tuple[Report, ...] = ()  # of these incidents, where the command explains
    builds: tuple[BuildFacts, ...] = ()  # of the merge commit, where it asks for the status
    silence: str | None = None  # why nothing is said here

    @property
    def is_author(self) -> bool:
        """True when the pull is theirs."""
        author = self.pull.author
        return author is not None and author.lower() == self.remark.author.lower()

    @property
    def open(self) -> tuple[Incident, ...]:
        """The incidents that a ruling can be about."""
        return tuple(i for i in self.incidents if i.state is IncidentState.OPEN)


@dataclass(frozen=True, slots=True)
class Hush:
    """Silence, or the end of it."""

    pull: int | None  # None: the whole repository
    hours: int | None  # None: until somebody ends it; 0: it ends now


@dataclass(frozen=True, slots=True)
class Deed:
    """What comes of one command."""

    result: Result
    answer: str = ""
    rulings: tuple[Ruling, ...] = ()
    labels: tuple[Label, ...] = ()
    undone: tuple[Ruling, ...] = ()
    hush: Hush | None = None


def decide_deed(call: Call, position: int, scene: Scene) -> Deed:
    """What becomes of one command, the one at `position` of its comment."""
    if call.name is None:
        return Deed(Result.NOT_UNDERSTOOD, render_unknown(call.nearest, scene.prefix))
    command = find_command(call.name)
    if not _may(command.who, scene):
        return _refuse(command)
    if command.acts and not scene.pull.merged:
        return Deed(
            Result.NOT_ALLOWED, "This pull is not merged: there is nothing to decide about it."
        )
    if "<" in command.arguments and not call.argument:
        return _misunderstand(command, scene)
    return _DEEDS[command.name](_Given(command, call.argument, position, scene))


def _refuse(command: Command) -> Deed:
    return Deed(Result.NOT_ALLOWED, f"`{command.name}` is for {_PEOPLE[command.who]} only.")


_PEOPLE = {
    Who.AUTHOR: "the pull's author and those who may write to this repository",
    Who.WRITE: "those who may write to this repository",
    Who.GIVER: "whoever gave the command and those who may write to this repository",
    Who.MAINTAIN: "this repository's maintainers and admins",
}


def _may(who: Who, scene: Scene) -> bool:
    writes = scene.role.is_at_least(Role.WRITE)
    if who is Who.MAINTAIN:
        return scene.role.is_at_least(Role.MAINTAIN)
    # Of an undo it is decided for each ruling.
    return {Who.WRITE: writes, Who.AUTHOR: writes or scene.is_author}.get(who, True)


@dataclass(frozen=True, slots=True)
class _Given:
    """A command that may be given here, with its argument."""

    command: Command
    argument: str
    position: int
    scene: Scene


def _misunderstand(command: Command, scene: Scene) -> Deed:
    return Deed(Result.NOT_UNDERSTOOD, render_usage(command, scene.prefix))


def _ask_which(scene: Scene, what: str) -> Deed:
    return Deed(Result.NOT_UNDERSTOOD, describe_incidents(scene.open, what))


_NOTHING_OPEN = Deed(Result.NOT_UNDERSTOOD, "No open incident concerns this pull.")


# ---------------------------------------------------------------- telling


def _help(given: _Given) -> Deed:
    return Deed(Result.DONE, render_help(given.scene.prefix))


def _status(given: _Given) -> Deed:
    scene = given.scene
    answer = render_status(scene.pull, scene.incidents, scene.builds, scene.silence, scene.place)
    return Deed(Result.DONE, answer)


def _explain(given: _Given) -> Deed:
    scene = given.scene
    names = [r.incident for r in scene.reports]
    chosen = find_builders(names, given.argument) if given.argument else names
    if not chosen:
        missing = "No incident here is on a builder of that name." if names else ""
        return Deed(Result.NOT_UNDERSTOOD, missing or "No incident concerns this pull.")
    reports = [r for r in scene.reports if r.incident in chosen]
    return Deed(Result.DONE, render_explanation(reports, scene.place))


# ---------------------------------------------------------------- rulings


def _rule(
    given: _Given,
    kind: RulingKind,
    incidents: Sequence[Incident],
    answer: str = "",
    *,
    sha: str | None = None,
    pull: int | None = None,
) -> Deed:
    remark = given.scene.remark
    rulings = tuple(
        Ruling(
            repo_id=remark.repo_id,
            comment_id=remark.comment_id,
            position=given.position,
            part=part,
            kind=kind,
            by=remark.author,
            role=given.scene.role,
            at=remark.created_at,
            number=remark.number,
            target=make_target(incident),
            sha=sha,
            pull=pull,
        )
        for part, incident in enumerate(incidents)
    )
    pairs = zip(rulings, incidents, strict=True)
    labels = tuple(label for r, i in pairs if (label := make_label(r, i)) is not None)
    return Deed(Result.DONE, answer, rulings=rulings, labels=labels)


def make_label(ruling: Ruling, incident: Incident) -> Label | None:
    """What a ruling says of the verdict that it met; None where it says nothing of it."""
    words = {
        RulingKind.NOT_ME: Word.OBJECTED,
        RulingKind.BLAME: Word.AFFIRMED if ruling.pull == incident.pull else Word.OTHER,
        RulingKind.FLAKY: Word.FLAKY,
        RulingKind.INFRA: Word.ENVIRONMENT,
    }
    word = words.get(ruling.kind)
    if word is None:
        return None
    return Label(
        repo_id=ruling.repo_id,
        incident_id=incident.id,
        source=f"comment {ruling.comment_id}#{ruling.position}.{ruling.part}",
        word=word,
        verdict=incident.verdict.value,
        pull=incident.pull,
        confidence=incident.confidence,
        at=ruling.at,
    )


def _not_me(given: _Given) -> Deed:
    scene, number = given.scene, given.scene.pull.number
    suspected = [i for i in scene.open if any(s.pull == number for s in i.suspects)]
    if not suspected:
        return Deed(Result.NOT_UNDERSTOOD, "No open incident holds this pull for its cause.")
    answer = (
        "Noted: it counts against this pull being the cause. "
        "Others are named only when builds say so."
    )
    return _rule(given, RulingKind.NOT_ME, suspected, answer, pull=number)


_COMMIT = re.compile(r"(?P<commit>#\d{1,9}|[0-9a-fA-F]{7,40})(?:\s+(?P<incident>[0-9a-f]{4,12}))?")


def _blame(given: _Given) -> Deed:
    scene, words = given.scene, _COMMIT.fullmatch(given.argument)
    if words is None:
        return _misunderstand(given.command, scene)
    if not scene.open:
        return _NOTHING_OPEN
    lines = scene.lines or {}
    found = find_culprit_incident(scene.open, lines, words["commit"], words["incident"])
    if isinstance(found, str):
        return Deed(Result.NOT_UNDERSTOOD, found)
    if found is None:
        return _ask_which(scene, "add the id of the incident that you mean")
    incident, commit = found
    where = f"pull {commit.pull}" if commit.pull else "a commit without a pull: nobody is told"
    answer = f"Named: {where}."
    return _rule(given, RulingKind.BLAME, [incident], answer, sha=commit.sha, pull=commit.pull)


def _flaky(given: _Given) -> Deed:
    return _file(given, RulingKind.FLAKY, find_tests, "name the test")


def _infra(given: _Given) -> Deed:
    return _file(given, RulingKind.INFRA, find_builders, "name the builder")


def _file(
    given: _Given,
    kind: RulingKind,
    find: Callable[[Sequence[Incident], str], list[Incident]],
    what: str,
) -> Deed:
    standing = given.scene.open
    if not standing:
        return _NOTHING_OPEN
    if not given.argument and len(standing) > 1:
        return _ask_which(given.scene, what)
    chosen = find(standing, given.argument) if given.argument else list(standing)
    if not chosen:
        return _ask_which(given.scene, "none has what you named")
    return _rule(given, kind, chosen)


def _fixed_by(given: _Given) -> Deed:
    scene, words = given.scene, _COMMIT.fullmatch(given.argument)
    if words is None or words["incident"]:
        return _misunderstand(given.command, scene)
    if not scene.open:
        return _NOTHING_OPEN
    lines = scene.lines or {}
    found = {i.branch: find_commit(lines.get(i.branch), words["commit"]) for i in scene.open}
    commits = [commit for commit in found.values() if commit is not None]
    text = words["commit"]
    if not commits and not text.startswith("#"):
        return Deed(Result.NOT_UNDERSTOOD, "No such commit is known on the branch.")
    sha = commits[0].sha if commits else None
    pull = int(text[1:]) if text.startswith("#") else commits[0].pull
    about = [i for i in scene.open if not commits or found[i.branch] is not None]
    later = "" if commits else " It has not landed yet, as far as is known."
    answer = f"It is closed once that commit is green.{later}"
    return _rule(given, RulingKind.FIXED_BY, about, answer, sha=sha, pull=pull)


def _undo(given: _Given) -> Deed:
    scene = given.scene
    writes = scene.role.is_at_least(Role.WRITE)
    me = scene.remark.author.lower()
    mine = [r for r in scene.rulings if writes or r.by.lower() == me]
    if not mine:
        if scene.rulings:
            return _refuse(given.command)
        return Deed(Result.NOT_UNDERSTOOD, "There is nothing to take back.")
    last = max(mine, key=lambda ruling: ruling.order)
    undone = tuple(
        r for r in mine if (r.comment_id, r.position) == (last.comment_id, last.position)
    )
    return Deed(Result.DONE, f"Taken back: `{last.kind}`.", undone=undone)


# ---------------------------------------------------------------- silence


def _mute(given: _Given) -> Deed:
    return Deed(Result.DONE, hush=Hush(given.scene.pull.number, None))


def _unmute(given: _Given) -> Deed:
    return Deed(Result.DONE, hush=Hush(given.scene.pull.number, 0))


def _pause(given: _Given) -> Deed:
    text = given.argument
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= _LONGEST_PAUSE:
        asked = f"Hours are a whole number from 1 to {_LONGEST_PAUSE}."
        return Deed(Result.NOT_UNDERSTOOD, asked)
    return Deed(Result.DONE, hush=Hush(None, int(text)))


def _resume(_: _Given) -> Deed:
    return Deed(Result.DONE, hush=Hush(None, 0))


_DEEDS: dict[str, Callable[[_Given], Deed]] = {
    "help": _help,
    "status": _status,
    "explain": _explain,
    "not-me": _not_me,
    "blame": _blame,
    "flaky": _flaky,
    "infra": _infra,
    "fixed-by": _fixed_by,
    "undo": _undo,
    "mute": _mute,
    "unmute": _unmute,
    "pause": _pause,
    "resume": _resume,
}
