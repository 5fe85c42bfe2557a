"""What the road needs of the outside: one narrow Protocol per neighbour.

`triage` and the doors see these, never the clients or the store themselves; `app` puts the
real ones in. All methods that touch network or disk are async. Clients raise `Unavailable`
(try again) or `Refused` (a lasting no); the store raises `Unavailable` when the database is away.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.limits import DEFAULT_LIMITS, Limits, Permit
from bot.core.model import (
    Build,
    Builder,
    BuildFacts,
    Comment,
    Commit,
    FactsSince,
    Incident,
    Key,
    KeyKind,
    Line,
    Log,
    Observation,
    Pull,
    Reading,
    Repository,
    Speech,
    Trouble,
    TroubleKind,
)
from bot.core.people import Action, Hearing, Label, Remark, Role, Ruling


class Clock(Protocol):
    """The time; a fake one in tests."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


# ---------------------------------------------------------------- Buildbot


class Buildbot(Protocol):
    """The one configured Buildbot; nothing a payload says changes what is called."""

    @property
    def source(self) -> str:
        """The name of this Buildbot in keys."""
        ...

    async def fetch_build(self, buildid: int) -> Build:
        """One build with its properties."""
        ...

    async def fetch_builder(self, builderid: int) -> Builder:
        """One builder with its tags; cached for minutes."""
        ...

    async def fetch_logs(self, buildid: int, *, failed_only: bool = False) -> tuple[Log, ...]:
        """The logs of all steps of a build, or of those that failed, in the order of the steps."""
        ...

    def stream_log(self, log: Log, last: int | None = None) -> AsyncIterator[bytes]:
        """A log in chunks, or its `last` lines.

        Of Buildbot's header lines only those that tell why it was killed.
        """
        ...

    def fetch_completed(self, since: datetime | None) -> AsyncIterator[Build]:
        """Finished builds with `complete_at >= since`, oldest first, page by page."""
        ...

    async def fetch_latest(self) -> Build | None:
        """The build that finished last, by Buildbot's own clock."""
        ...

    def build_url(self, build: Build) -> str:
        """The page of a build for people."""
        ...


class LogReader(Protocol):
    """Spools a log to disk and reads it outside the event loop."""

    async def read(self, chunks: AsyncIterator[bytes], *, step: str) -> Reading:
        """The reading of one log."""
        ...


# ---------------------------------------------------------------- GitHub


class GitHub(Protocol):
    """GitHub as this bot, with pacing, caching and retries of its own kind."""

    async def fetch_me(self) -> str:
        """The login under which our comments stand."""
        ...

    async def fetch_repository(self, full_name: str) -> Repository:
        """By `owner/name`; follows renames."""
        ...

    def fetch_line(self, repository: Repository, branch: str) -> AsyncIterator[tuple[Commit, ...]]:
        """The first-parent commits of a branch with verified pulls, tip first, page by page."""
        ...

    async def fetch_files(self, repository: Repository, sha: str) -> tuple[str, ...]:
        """The paths that a commit touched."""
        ...

    async def fetch_pull(self, repository: Repository, number: int) -> Pull:
        """A pull as it is now."""
        ...

    async def find_comments(
        self, repository: Repository, number: int, marker: str
    ) -> tuple[Comment, ...]:
        """Our own comments that hold `marker`, oldest first; never served from a cache."""
        ...

    async def fetch_comment(self, repository: Repository, comment_id: int) -> Comment | None:
        """A comment by id; None when it was deleted."""
        ...

    async def post_comment(self, repository: Repository, number: int, body: str) -> Comment:
        """A new comment on a pull."""
        ...

    async def edit_comment(self, repository: Repository, comment_id: int, body: str) -> Comment:
        """New text for a comment of ours."""
        ...

    async def delete_comment(self, repository: Repository, comment_id: int) -> None:
        """Take a twin away."""
        ...

    async def fetch_role(self, repository: Repository, login: str) -> Role:
        """What somebody may do in a repository, as of now."""
        ...

    async def react(self, repository: Repository, comment_id: int, reaction: str) -> None:
        """A reaction of ours to a comment; the same again changes nothing."""
        ...

    @property
    def time(self) -> datetime | None:
        """GitHub's own clock as of its last answer; None: it has not answered yet."""
        ...

    async def follow_repository(self, repository: Repository) -> Repository:
        """The same by GitHub's number, whatever its name is now."""
        ...

    async def minimize_comment(
        self, repository: Repository, comment: Comment, classifier: str
    ) -> None:
        """Show a comment folded, as `RESOLVED` or `OUTDATED`; it may be so already."""
        ...

    async def unminimize_comment(self, repository: Repository, comment: Comment) -> None:
        """Show a comment in full again."""
        ...


class Pacing(Protocol):
    """What all instances that speak as one GitHub App or user have to keep together."""

    async def take_turn(self, gap: timedelta) -> timedelta:
        """Take the next turn to write, `gap` after the one before; how long it is until then."""
        ...

    async def load_shut(self) -> timedelta | None:
        """How long GitHub still wants to be left alone; None: it does not."""
        ...

    async def save_shut(self, wait: timedelta) -> None:
        """GitHub wants to be left alone for so long."""
        ...


# ---------------------------------------------------------------- the inbox


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a key until `until`; every finish is fenced by owner and generation."""

    key: Key
    owner: str
    generation: int
    attempts: int
    until: datetime


# Reconciling one key, under its lease; returns when to look again, or None.
Reconcile = Callable[[Lease], Awaitable[datetime | None]]


class Inbox(Protocol):
    """The durable table of keys to look at."""

    async def put(self, keys: Sequence[Key], run_at: datetime | None = None) -> None:
        """Look at these, now or at `run_at`; a key that is there is only brought forward."""
        ...

    async def take(
        self, owner: str, lease_seconds: float, *, kinds: Collection[KeyKind] = tuple(KeyKind)
    ) -> Lease | None:
        """The key that has waited longest and that nobody works on."""
        ...

    async def renew(self, lease: Lease, lease_seconds: float) -> Lease | None:
        """A longer lease on the same terms; None when it was lost."""
        ...

    async def finish(self, lease: Lease, again_at: datetime | None = None) -> None:
        """Done: the key goes, or comes again at once if it was put meanwhile, or at `again_at`."""
        ...

    async def retry(self, lease: Lease, run_at: datetime, error: str) -> None:
        """It failed: again at `run_at`, with one more attempt and the reason kept."""
        ...

    async def next_run_at(self) -> datetime | None:
        """When the next key is due; None when there is none."""
        ...


# ---------------------------------------------------------------- facts, incidents, speech


class Deliveries(Protocol):
    """The deliveries of GitHub that were taken."""

    async def take_delivery(
        self,
        guid: str,
        keys: Sequence[Key],
        run_at: datetime | None = None,
        remark: Remark | None = None,
    ) -> bool:
        """Remember the GUID and the remark and put the keys, one transaction.

        False if it was taken before.
        """
        ...


class Facts(Protocol):
    """What we read, kept: builds, failures, test runs, commits, pulls."""

    async def save_build(self, facts: BuildFacts, keys: Sequence[Key]) -> None:
        """Facts and follow-up keys, one transaction; raises the branch's version.

        Keys of other branches that it may tell something about are put, too.
        """
        ...

    async def load_known_builds(self, source: str, buildids: Sequence[int]) -> frozenset[int]:
        """Which of these builds we have facts of."""
        ...

    async def is_read(self, source: str, buildid: int) -> bool:
        """Whether this build was read and placed, without a gap: it need not be read again."""
        ...

    async def load_unplaced_builds(self, source: str) -> tuple[int, ...]:
        """The builds of which it was not known where their commits live; a thousand at most."""
        ...

    async def load_builds(self, source: str, buildids: Sequence[int]) -> tuple[BuildFacts, ...]:
        """The facts of these builds, by buildid; unknown ones are left out."""
        ...

    async def load_observations(
        self, repo_id: int, branch: str, after_version: int, since: datetime
    ) -> FactsSince:
        """Observations of a branch saved after a version and finished since then."""
        ...

    async def load_reds(
        self, repo_id: int, beside: str, begin: datetime, end: datetime
    ) -> tuple[Observation, ...]:
        """Builds of all branches that finished meanwhile and list a failure, by time.

        None at all where no branch but `beside` has any.
        """
        ...

    async def load_branches(self) -> tuple[tuple[int, str], ...]:
        """(repo id, branch) of all that a build or a commit was ever saved of."""
        ...

    async def load_line(self, repo_id: int, branch: str) -> Line:
        """The branch's commits of the present epoch; epoch 0 and empty when we know none."""
        ...

    async def load_commits(
        self, repo_id: int, branch: str, shas: Collection[str]
    ) -> tuple[Commit, ...]:
        """Those of these commits that are on the branch's line now, in its order."""
        ...

    async def save_line(
        self, repo_id: int, branch: str, commits: Sequence[Commit], *, new_epoch: bool
    ) -> None:
        """Append commits, oldest first; a new epoch starts the line afresh.

        Of commits that are on the line already, a pull that is now known is filled in.
        """
        ...

    async def save_files(self, repo_id: int, sha: str, files: Sequence[str]) -> None:
        """The paths that a commit touched, kept for ever with it."""
        ...

    async def save_repository(self, repository: Repository) -> None:
        """Remember a repository's name and default branch."""
        ...

    async def load_repository(self, repo_id: int) -> Repository | None:
        """A repository that we know, by id."""
        ...

    async def find_repository(self, full_name: str) -> Repository | None:
        """A repository that we know, by its last known name."""
        ...

    async def load_time(self, name: str) -> datetime | None:
        """A named moment by a neighbour's clock: a sweep's cursor, the first start."""
        ...

    async def save_time(self, name: str, at: datetime | None) -> None:
        """Set or forget a named moment."""
        ...

    async def note_done(self, name: str) -> None:
        """Remember that this was done just now, by the clock that all instances share."""
        ...

    async def save_trouble(self, place: str, kind: TroubleKind, words: str | None) -> None:
        """Remember what is wrong with a place, or that it is well there again (None)."""
        ...


class Incidents(Protocol):
    """Incidents as they were folded, and what was said of them: the second is never recomputed."""

    async def save_incidents(
        self,
        repo_id: int,
        branch: str,
        changed: Sequence[Incident],
        keys: Sequence[Key],
        gone: Sequence[str] = (),
    ) -> int:
        """Save what changed, remove what is gone (ids), put follow-up keys, one transaction.

        All others stay as they are. Returns the new `incidents_version` of the branch.
        """
        ...

    async def load_incidents(self, repo_id: int, branch: str | None = None) -> tuple[Incident, ...]:
        """A repository's incidents, oldest first."""
        ...

    async def load_incidents_of_pull(
        self, repo_id: int, number: int, said: Collection[str] = ()
    ) -> tuple[Incident, ...]:
        """Incidents that accuse this pull now, and those that were said on it (ids)."""
        ...

    async def load_speech(self, repo_id: int, number: int) -> Speech | None:
        """What was wanted and said on a pull."""
        ...

    async def save_speech(self, speech: Speech) -> None:
        """Store it whole."""
        ...

    async def load_unsaid(self) -> tuple[tuple[int, int], ...]:
        """(repo id, number) of pulls to look at again: by now, or since something is unsaid.

        Unsaid is what is wanted and does not stand, and was not refused by GitHub for good.
        """
        ...

    async def save_intent(
        self, speech: Speech, lease: Lease, limits: Limits = DEFAULT_LIMITS
    ) -> Permit:
        """Store it with its `intent_at`, only while the lease holds and there is room to post.

        Posts are counted in the same transaction; a post that was begun before counts once.
        """
        ...


class Quiet(Protocol):
    """What people asked us to be silent about: a pull muted, or a repository paused."""

    async def load_quiet(self, repo_id: int, number: int) -> str | None:
        """Why nothing new is to be said on this pull now, in one sentence; None: nobody minds."""
        ...


# ---------------------------------------------------------------- what people told us


@dataclass(frozen=True, slots=True)
class Hush:
    """Silence that somebody asked for, or the end of it."""

    repo_id: int
    number: int | None  # None: the whole repository
    person: str
    until: datetime | None = None  # None: until somebody ends it
    over: bool = False


class Rulings(Protocol):
    """What people decided, for those who fold."""

    async def load_rulings(self, repo_id: int, branch: str | None = None) -> tuple[Ruling, ...]:
        """The rulings that stand, of a branch or of all, in the order in which they were given."""
        ...

    async def load_told(self, repo_id: int, incident_ids: Sequence[str]) -> tuple[int, ...]:
        """The pulls on which something was said of these incidents."""
        ...

    async def save_labels(self, found: Sequence[Label]) -> None:
        """Keep those that are not known."""
        ...


class Hearings(Rulings, Quiet, Protocol):
    """Remarks of people, and what became of them."""

    async def load_hearing(self, repo_id: int, comment_id: int) -> Hearing | None:
        """A remark that was taken, and how far we are with it."""
        ...

    async def save_hearing(self, hearing: Hearing) -> None:
        """How far we are with it."""
        ...

    async def save_reply_intent(self, hearing: Hearing, lease: Lease) -> bool:
        """The same, only while the lease holds; False when it was lost."""
        ...

    async def count_remarks(self, author: str, since: datetime, until: datetime) -> int:
        """How many remarks somebody made within a time, by GitHub's clock."""
        ...

    async def save_deed(
        self,
        action: Action,
        *,
        rulings_made: Sequence[Ruling] = (),
        undone: Sequence[Ruling] = (),
        labels_made: Sequence[Label] = (),
        hush: Hush | None = None,
        keys: Sequence[Key] = (),
    ) -> bool:
        """Record a command with all that it does, one transaction; False if it was done before."""
        ...

    async def load_actions(self, repo_id: int, comment_id: int) -> tuple[Action, ...]:
        """What came of the commands of a comment, in order."""
        ...

    async def load_builds_at(self, repo_id: int, revision: str) -> tuple[BuildFacts, ...]:
        """The builds of a commit, the latest of each builder."""
        ...


# ---------------------------------------------------------------- what people look at

# Failures in a row, after which a key is called stuck: with the back-off capped, a key that an
# outage of some minutes holds up stays below it.
STUCK_AFTER = 8


@dataclass(frozen=True, slots=True)
class StuckKey:
    """A key that keeps failing."""

    key: str
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class InboxDepth:
    """How much waits, and since when the oldest of what is due does."""

    depth: int
    oldest_due_at: datetime | None
    stuck: tuple[StuckKey, ...]


@dataclass(frozen=True, slots=True)
class Notes:
    """Named reasons for what was left aside: builds without a place, comments refused."""

    builds: tuple[str, ...] = ()
    pulls: tuple[str, ...] = ()


class HealthStore(Protocol):
    """What health asks of the store."""

    async def load_depth(self) -> InboxDepth:
        """The inbox in figures."""
        ...

    async def load_done(self, name: str) -> datetime | None:
        """When any instance last did this, by our own clock."""
        ...

    async def load_notes(self) -> Notes:
        """The latest named reasons."""
        ...

    async def load_troubles(self) -> Sequence[Trouble]:
        """What keeps us from the truth now, by place; a bounded number."""
        ...


class DashboardStore(Protocol):
    """What the pages ask of the store; pages of rows, newest first."""

    async def load_speeches(
        self, offset: int, limit: int
    ) -> Sequence[tuple[Repository, Speech, str | None]]:
        """Repository, speech and the merge commit's sha where known."""
        ...

    async def load_incident_page(
        self, offset: int, limit: int
    ) -> Sequence[tuple[Repository, Incident]]:
        """Incidents with the repository they are in."""
        ...

    async def load_incident(self, incident_id: str) -> tuple[Repository, Incident] | None:
        """One incident."""
        ...

    async def load_action_page(
        self, offset: int, limit: int
    ) -> Sequence[tuple[Repository, Action]]:
        """What people told us to do, and what came of it."""
        ...

    async def load_label_page(self, offset: int, limit: int) -> Sequence[tuple[Repository, Label]]:
        """What later words and reverts say of our verdicts."""
        ...
