"""What a command is decided from, and what comes of it.

In: nothing. Out: `CommandContext`, everything that a command may ask about; `GivenCommand`, one
command in it; `CommandDecision`, what is to be stored and answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.commands.parser import Command, Permission
from bot.core.commands.replies import render_usage
from bot.core.model import (
    BranchCommits,
    BuildRecord,
    Incident,
    IncidentState,
    Key,
    ListedBuilder,
    Pull,
)
from bot.core.model.commands import CommandResult, Feedback, Override, Role, UserComment
from bot.core.model.request_options import RequestOptions
from bot.core.model.request_records import RequestChanges, RequestRecord
from bot.core.model.tracker import IssueOrder, KnownIssue
from bot.core.render.headline import LinkContext, Report


@dataclass(frozen=True, slots=True)
class RequestScene:
    """What is known of builds on request."""

    options: RequestOptions
    source: str
    now: datetime  # our clock
    problem: str | None  # why nothing can be asked for, whoever asks; None: it can
    dry_run: bool = False  # what is asked for is shown only
    builders: tuple[ListedBuilder, ...] = ()  # that may be asked
    # By builder, the branches that it has built of late; those that are missing built none.
    built: Mapping[str, frozenset[str]] = field(default_factory=dict)
    outstanding: tuple[RequestRecord, ...] = ()  # everywhere
    reds: tuple[BuildRecord, ...] = ()  # the red builds of the incidents here


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Everything that a command may ask about, as it is now."""

    comment: UserComment
    pull: Pull
    role: Role
    prefix: str
    place: LinkContext
    incidents: tuple[Incident, ...] = ()  # that concern this pull, the open ones first
    lines: Mapping[str, BranchCommits] | None = None  # the commits of their branches
    overrides: tuple[Override, ...] = ()  # on this pull or about these incidents, and not undone
    reports: tuple[Report, ...] = ()  # of these incidents, where the command explains
    builds: tuple[BuildRecord, ...] = ()  # of the merge commit, where it asks for the status
    silence: str | None = None  # why nothing is said here
    requests: RequestScene | None = None  # where the command is about requests
    # When anybody last pushed to the fork that the pull comes from, where the command builds it.
    fork_pushed_at: datetime | None = None
    no_tracker: str | None = None  # why no issue can be filed, whoever asks; None: it can
    issues: Mapping[str, KnownIssue] = field(default_factory=dict)  # by incident, what tells of it
    followers: tuple[str, ...] = ()  # who is mentioned here, where the command asks for that

    @property
    def is_author(self) -> bool:
        """True when the pull is theirs."""
        author = self.pull.author
        return author is not None and author.lower() == self.comment.author.lower()

    @property
    def open(self) -> tuple[Incident, ...]:
        """The incidents that an override can be about."""
        return tuple(i for i in self.incidents if i.state is IncidentState.OPEN)


@dataclass(frozen=True, slots=True)
class MuteRequest:
    """Silence, or the end of it."""

    pull: int | None  # None: the whole repository
    hours: int | None  # None: until somebody ends it; 0: it ends now


@dataclass(frozen=True, slots=True)
class CommandDecision:
    """What comes of one command."""

    result: CommandResult
    answer: str = ""
    overrides: tuple[Override, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    undone: tuple[Override, ...] = ()
    mute: MuteRequest | None = None
    requests: RequestChanges | None = None
    issue_orders: tuple[IssueOrder, ...] = ()
    follows: bool | None = None  # whether the giver is mentioned here from now on
    wakes: tuple[Key, ...] = ()  # who has to look again


@dataclass(frozen=True, slots=True)
class GivenCommand:
    """A command that may be given here, with its argument."""

    command: Command
    argument: str
    position: int
    context: CommandContext


def refuse(command: Command) -> CommandDecision:
    """It is not for whoever gave it."""
    return CommandDecision(
        CommandResult.NOT_ALLOWED, f"`{command.name}` is for {_PEOPLE[command.who]} only."
    )


_PEOPLE = {
    Permission.AUTHOR: "the pull's author and those who may write to this repository",
    Permission.WRITE: "those who may write to this repository",
    Permission.GIVER: "whoever gave the command and those who may write to this repository",
    Permission.MAINTAIN: "this repository's maintainers and admins",
}


def misunderstand(command: Command, context: CommandContext) -> CommandDecision:
    """How it is used."""
    return CommandDecision(CommandResult.NOT_UNDERSTOOD, render_usage(command, context.prefix))
