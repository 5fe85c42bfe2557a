"""The outbox of notices, beside all other tables."""

from sqlalchemy import BigInteger, Index, Integer, Table, Text

from bot.store.engine.column_types import UtcDateTime, key, may, must
from bot.store.engine.tables import metadata

subscriptions = Table(  # who hears of changes: without a row here, no change puts a key
    "subscriptions",
    metadata,
    key("name", Text),
    must("since", UtcDateTime),
    may("stopped_at", UtcDateTime),  # whoever it goes to wants no more; NULL: it goes on
)

notices = Table(
    "notices",
    metadata,
    key("subscription", Text),
    key("repo_id", BigInteger),
    key("incident_id"),
    key("position", Integer),
    must("status", Text),
    must("document", Text),  # JSON: all that it tells
    must("caused_at", UtcDateTime),
    must("due_at", UtcDateTime),
    must("attempts", Integer),
    may("intent_at", UtcDateTime),
    may("sent_at", UtcDateTime),
    may("message", Text),
    must("problem"),
)
Index(None, notices.c.status, notices.c.subscription)
Index(None, notices.c.repo_id, notices.c.incident_id)
Index(None, notices.c.caused_at)
