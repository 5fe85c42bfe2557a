"""The tables, as SQLAlchemy Core sees them; `migrations/` makes them.

In: nothing. Out: `metadata` and its tables. Only types that SQLite and PostgreSQL both have.
Columns are what is queried; what is only read back whole is JSON text (`json_documents.py`).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

from bot.store.engine.column_types import UtcDateTime
from bot.store.engine.column_types import key as _key
from bot.store.engine.column_types import may as _may
from bot.store.engine.column_types import must as _must
from bot.store.engine.column_types import zero as _zero

metadata = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"}
)


# ---------------------------------------------------------------- the inbox

inbox = Table(
    "inbox",
    metadata,
    _key("kind", Text),
    _key("key"),
    _must("run_at", UtcDateTime),
    _must("attempts", Integer),  # failed since it last went well
    _may("lease_owner", Text),
    _may("lease_until", UtcDateTime),
    _must("generation", BigInteger),  # raised by every put
    _may("last_error"),
    _must("put_at", UtcDateTime),  # first put since it last went well
)
Index(None, inbox.c.run_at)

deliveries = Table("deliveries", metadata, _key("guid"), _must("at", UtcDateTime))
Index(None, deliveries.c.at)

# ---------------------------------------------------------------- what we read

builds = Table(
    "builds",
    metadata,
    _key("source"),
    _key("buildid", BigInteger),
    _must("number", BigInteger),
    _must("builderid", BigInteger),
    _must("buildrequestid", BigInteger),
    _must("worker"),
    _may("branch"),
    _may("revision"),
    _may("repository"),
    _must("scheduled_by", Text),
    _may("result", Integer),
    _must("started_at", UtcDateTime),
    _may("complete_at", UtcDateTime),
    _must("state_string"),
    _must("builder"),
    _must("tags", Text),  # JSON
    _may("repo_id", BigInteger),
    _must("stable", Boolean),
    _must("url"),
    _must("note"),
    _must("sources", Text),  # JSON
    _may("reading", Text),  # JSON, the bulk of a build
    _may("steps", Text),  # JSON: names of those that ran; NULL: not known
    _may("step_runs", Text),  # JSON: [name, command or null, ok]; NULL: read before they were kept
    _must("version", BigInteger),  # the branch's version that this save made
)
Index(None, builds.c.repo_id, builds.c.branch, builds.c.version)
Index(None, builds.c.complete_at)

builders = Table(  # as they are remembered: which are gone, and under which names
    "builders",
    metadata,
    _key("source"),
    _key("builderid", BigInteger),
    _must("name"),
    _must("tags", Text),  # JSON
    _must("workers", Text),  # JSON
    _must("came_at", UtcDateTime),
    _may("gone_at", UtcDateTime),
    _may("left_at", UtcDateTime),
    _must("settled", Boolean),
    _may("successor"),
    _may("split_at", UtcDateTime),
    _may("split_name"),
)

unread = Table(  # builds that Buildbot will not show us; those that are tried again are keys
    "unread",
    metadata,
    _key("source"),
    _key("buildid", BigInteger),
    _must("words"),
    _must("since", UtcDateTime),
    _must("seen_at", UtcDateTime),  # when we were last refused
)

failures = Table(  # the signatures that a build showed
    "failures",
    metadata,
    _key("source"),
    _key("buildid", BigInteger),
    _key("position", Integer),
    _must("branch"),
    _must("suite"),
    _must("kind", Text),
    _must("site"),
    _must("message"),
    _must("passed_on_rerun", Boolean),
    _may("step"),
)

test_runs = Table(
    "test_runs",
    metadata,
    _key("source"),
    _key("buildid", BigInteger),
    _key("position", Integer),
    _must("suite"),
    _must("complete", Boolean),
    _may("not_reached", Text),  # JSON; NULL: unknown
    _may("step", Text),  # NULL: not known
)

commits = Table(
    "commits",
    metadata,
    _key("repo_id", BigInteger),
    _key("branch"),
    _key("epoch", BigInteger),
    _key("position", BigInteger),
    _must("sha"),
    _may("parent"),
    _must("at", UtcDateTime),
    _must("title"),
    _may("author"),
    _may("pull", BigInteger),
    _may("reverts"),
)

Index(None, commits.c.repo_id, commits.c.pull)

files = Table(
    "files", metadata, _key("repo_id", BigInteger), _key("sha"), _must("paths", Text)
)  # paths: JSON

branches = Table(
    "branches",
    metadata,
    _key("repo_id", BigInteger),
    _key("branch"),
    _must("epoch", BigInteger),
    _must("version", BigInteger),  # raised by every build that is saved
    _zero("line_version"),  # by every change of its commits
    _zero("incidents_version"),  # by every change of its incidents
)

repositories = Table(
    "repositories",
    metadata,
    _key("repo_id", BigInteger),
    _must("full_name"),
    _must("default_branch"),
    _must("saved_at", UtcDateTime),
    _may("private", Boolean),  # NULL: not asked yet
)

troubles = Table(  # what keeps us from the truth, until it goes well there again
    "troubles",
    metadata,
    _key("place"),
    _key("kind", Text),
    _must("words"),
    _must("since", UtcDateTime),
    _must("seen_at", UtcDateTime),  # when it was last met
)

moments = Table("moments", metadata, _key("name"), _must("at", UtcDateTime))

# ---------------------------------------------------------------- what we think and said

incidents = Table(
    "incidents",
    metadata,
    _key("repo_id", BigInteger),
    _key("branch"),
    _key("id"),
    _must("verdict", Text),
    _must("state", Text),
    _may("pull", BigInteger),
    _must("opened_at", UtcDateTime),
    _may("closed_at", UtcDateTime),
    _must("document", Text),  # JSON, the incident whole
)
Index(None, incidents.c.repo_id, incidents.c.pull)
Index(None, incidents.c.opened_at)

speech = Table(
    "speech",
    metadata,
    _key("repo_id", BigInteger),
    _key("number", BigInteger),
    _must("thread", Integer),
    _may("wanted"),
    _may("standing"),
    _may("comment_id", BigInteger),
    _may("posted_at", UtcDateTime),
    _may("intent_at", UtcDateTime),
    _may("why_silent"),
    _must("incidents", Text),  # JSON
    _may("folded"),
    _may("outdated", Text),  # JSON
    _may("deleted_at", UtcDateTime),
    _may("held_rank", BigInteger),
    _may("look_at", UtcDateTime),
)

reminders = Table(  # one for each incident, for ever
    "reminders",
    metadata,
    _key("repo_id", BigInteger),
    _key("number", BigInteger),
    _key("incident_id"),
    _must("intent_at", UtcDateTime),
    _may("comment_id", BigInteger),
    _must("dropped", Boolean),
)

# New comments of the last days, one row each from its intent on: what limits are counted by.
posts = Table(
    "posts",
    metadata,
    _key("repo_id", BigInteger),
    _key("number", BigInteger),
    _key("thread", Integer),
    _must("at", UtcDateTime),
)

said = Table(
    "said",
    metadata,
    _key("repo_id", BigInteger),
    _key("number", BigInteger),
    _key("position", Integer),
    _must("incident_id"),
    _must("verdict"),
    _must("state"),
    _must("at", UtcDateTime),
    _may("thread", Integer),  # of which comment; null: of the last one
)

# ---------------------------------------------------------------- what people told us

remarks = Table(  # comments that may hold commands, each once for ever
    "remarks",
    metadata,
    _key("repo_id", BigInteger),
    _key("comment_id", BigInteger),
    _must("repository"),
    _must("number", BigInteger),
    _must("author"),
    _must("body"),
    _must("created_at", UtcDateTime),
    _must("progress", Text),
    _may("intent_at", UtcDateTime),
    _may("reply"),
    _may("reply_id", BigInteger),
)
Index(None, remarks.c.author, remarks.c.created_at)

actions = Table(  # the audit: what came of each command
    "actions",
    metadata,
    _key("repo_id", BigInteger),
    _key("comment_id", BigInteger),
    _key("position", Integer),
    _must("number", BigInteger),
    _must("person"),
    _must("role", Text),
    _must("command"),
    _must("argument"),
    _must("said_at", UtcDateTime),
    _must("acted_at", UtcDateTime),
    _must("result", Text),
    _must("answer"),
)
Index(None, actions.c.acted_at)

rulings = Table(
    "rulings",
    metadata,
    _key("repo_id", BigInteger),
    _key("comment_id", BigInteger),
    _key("position", Integer),
    _key("part", Integer),
    _must("kind", Text),
    _must("person"),
    _must("role", Text),
    _must("said_at", UtcDateTime),
    _must("number", BigInteger),
    _must("branch"),
    _must("target", Text),  # JSON
    _may("sha"),
    _may("pull", BigInteger),
    _may("undone_by", BigInteger),
)
Index(None, rulings.c.repo_id, rulings.c.branch)

labels = Table(
    "labels",
    metadata,
    _key("repo_id", BigInteger),
    _key("incident_id"),
    _key("source"),
    _must("word", Text),
    _must("verdict", Text),
    _may("pull", BigInteger),
    _must("confidence", Float),
    _must("said_at", UtcDateTime),
    _must("undone", Boolean),
)

quiet = Table(  # number 0: the whole repository
    "quiet",
    metadata,
    _key("repo_id", BigInteger),
    _key("number", BigInteger),
    _may("until", UtcDateTime),  # NULL: until somebody ends it
    _must("person"),
)
