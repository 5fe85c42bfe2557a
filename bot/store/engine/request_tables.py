"""The tables of builds that we ask for, beside all others."""

from sqlalchemy import BigInteger, Boolean, Float, Index, Integer, Table, Text

from bot.store.engine.column_types import UtcDateTime, key, may, must
from bot.store.engine.tables import metadata

requests = Table(
    "requests",
    metadata,
    key("source"),
    key("id"),  # ours, and the property that its build carries
    must("repo_id", BigInteger),
    may("incident"),
    may("number", BigInteger),
    may("comment_id", BigInteger),
    must("position", Integer),
    must("builder"),
    must("builderid", BigInteger),
    must("branch"),
    may("base"),
    must("revision"),
    must("purpose", Text),
    must("state", Text),
    must("reason"),
    may("asked_by"),
    must("asked_at", UtcDateTime),
    must("deadline", UtcDateTime),
    may("intent_at", UtcDateTime),
    must("expected_minutes", Float),
    may("ci_number", BigInteger),
    may("buildid", BigInteger),
    may("started_at", UtcDateTime),  # this and the next by Buildbot's clock
    may("ended_at", UtcDateTime),
    may("result", Integer),
    must("words"),
    may("cancel"),  # somebody wants it taken back, and why; NULL: nobody does
    must("dry_run", Boolean),
    must("read", Boolean),
)
Index(None, requests.c.asked_at)
Index(None, requests.c.repo_id, requests.c.comment_id)

request_orders = Table(  # what people let us spend on an incident
    "request_orders",
    metadata,
    key("repo_id", BigInteger),
    key("comment_id", BigInteger),
    key("position", Integer),
    must("incident"),
    must("number", BigInteger),
    must("person"),
    must("at", UtcDateTime),
    must("builds", Integer),
    must("ended", Boolean),
)
