"""What people told us on pulls, and what became of it: nouns only, frozen and made of tuples.

A `UserComment` may hold commands; an `Override` is what a person decided about an incident; an
`AuditEntry` is the record of one command, whatever came of it; `Feedback` is what a later word or
revert says of a verdict of ours.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.errors import Malformed
from bot.core.model import BuildRef, Key, KeyKind, Signature


def command_key(repo_id: int, comment_id: int) -> Key:
    """The key of a comment that may hold commands: `command/<repo>#<comment id>`."""
    return Key(KeyKind.COMMAND, f"{repo_id}#{comment_id}")


def parse_command_name(name: str) -> tuple[int, int]:
    """`<repo id>#<comment id>` of a command key; raises `Malformed`."""
    repo_id, _, comment_id = name.partition("#")
    if not (repo_id.isdecimal() and comment_id.isdecimal()):
        raise Malformed(f"not the name of such a key: {name!r}")
    return int(repo_id), int(comment_id)


class Role(StrEnum):
    """What somebody may do in a repository, the least first."""

    NONE = "none"
    READ = "read"
    TRIAGE = "triage"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"

    def is_at_least(self, other: "Role") -> bool:
        """By what it allows, not by its name."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


@dataclass(frozen=True, slots=True)
class UserComment:
    """A newly made comment on a pull, as a signed delivery or GitHub's own list told it."""

    repo_id: int
    repository: str  # "owner/name" at that time
    comment_id: int
    number: int
    author: str
    body: str
    created_at: datetime  # GitHub's clock

    @property
    def key(self) -> Key:
        """Where it is looked at."""
        return command_key(self.repo_id, self.comment_id)


class CommandProgress(StrEnum):
    """How far we are with a comment."""

    TAKEN = "taken"
    REPLYING = "replying"  # a reply was begun and its end is not known
    DONE = "done"


@dataclass(frozen=True, slots=True)
class CommandComment:
    """A comment, and how far we are with it."""

    comment: UserComment
    progress: CommandProgress = CommandProgress.TAKEN
    intent_at: datetime | None = None  # when a reply was begun
    reply: str | None = None  # what is answered; in a dry run, what would be
    reply_id: int | None = None  # our comment


# ---------------------------------------------------------------- overrides


class OverrideKind(StrEnum):
    """What a person can decide of an incident."""

    NOT_ME = "not-me"
    BLAME = "blame"
    FLAKY = "flaky"
    INFRA = "infra"
    FIXED_BY = "fixed-by"


@dataclass(frozen=True, slots=True)
class IncidentRef:
    """The incident that an override is about, to be known again when a refold gave it a new id."""

    incident_id: str
    branch: str
    signatures: tuple[Signature, ...]
    first_red_build: BuildRef
    opened_at: datetime  # Buildbot's clock
    builders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """One person's decision about one incident."""

    repo_id: int
    comment_id: int
    position: int  # which command of the comment…
    part: int  # …and which of the incidents that it is about
    kind: OverrideKind
    by: str
    role: Role
    at: datetime  # when the comment was made: GitHub's clock
    number: int  # the pull on which it was said
    target: IncidentRef
    sha: str | None = None  # the culprit, or the fix
    pull: int | None = None  # the pull of that commit; of an objection, the one that it clears
    undone_by: int | None = None  # the comment that took it back

    @property
    def order(self) -> tuple[datetime, int, int, int]:
        """The order in which overrides were given."""
        return (self.at, self.comment_id, self.position, self.part)


# ---------------------------------------------------------------- the record


class CommandResult(StrEnum):
    """What came of a command."""

    DONE = "done"
    NOT_UNDERSTOOD = "not understood"
    NOT_ALLOWED = "not allowed"
    REFUSED = "refused"  # too late, or too many: a reaction says so
    IGNORED = "ignored"  # nobody is told


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One command as it was decided: a row of the audit."""

    repo_id: int
    comment_id: int
    position: int
    number: int
    by: str
    role: Role
    command: str
    argument: str
    said_at: datetime  # GitHub's clock
    acted_at: datetime  # ours
    result: CommandResult
    answer: str  # Markdown; empty where a reaction says enough


# ---------------------------------------------------------------- calibration


class FeedbackKind(StrEnum):
    """What is said of a verdict of ours."""

    OBJECTED = "objected"
    AFFIRMED = "affirmed"  # a maintainer named the pull that we had accused
    OTHER = "other"  # a maintainer named another one
    FLAKY = "flaky"
    ENVIRONMENT = "environment"
    REVERTED = "reverted"  # a commit of the accused pull was reverted


@dataclass(frozen=True, slots=True)
class Feedback:
    """One word on one verdict, with what we believed at the time."""

    repo_id: int
    incident_id: str
    source: str  # "comment 12#0.0", or "revert <sha>"
    word: FeedbackKind
    verdict: str
    pull: int | None
    confidence: float
    at: datetime
    undone: bool = False
