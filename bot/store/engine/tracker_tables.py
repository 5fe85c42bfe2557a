"""Which issue of a project's tracker tells of which incidents, beside all other tables."""

from sqlalchemy import BigInteger, Boolean, Index, Integer, Table, Text

from bot.store.engine.column_types import UtcDateTime, key, may, must
from bot.store.engine.tables import metadata

tracked_causes = Table(
    "tracked_causes",
    metadata,
    key("repo_id", BigInteger),
    key("cause", Text),
    must("document", Text),  # JSON: the issue, our comment, and what they say
    may("looked_at", UtcDateTime),
    may("seen_at", UtcDateTime),
    may("intent_at", UtcDateTime),
    may("filed_at", UtcDateTime),
    may("look_at", UtcDateTime),
    may("comment_intent_at", UtcDateTime),
    may("comment_posted_at", UtcDateTime),
)

tracked_incidents = Table(
    "tracked_incidents",
    metadata,
    key("repo_id", BigInteger),
    key("incident_id"),
    must("cause", Text),
)
Index(None, tracked_incidents.c.repo_id, tracked_incidents.c.cause)

issue_orders = Table(  # issues that people asked for
    "issue_orders",
    metadata,
    key("repo_id", BigInteger),
    key("comment_id", BigInteger),
    key("position", Integer),
    must("pull", BigInteger),
    must("person"),
    must("incident"),
    may("number", BigInteger),
    must("anyway", Boolean),
    must("answer"),  # empty: it is not done yet
)
