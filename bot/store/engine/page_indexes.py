"""Indexes that only pages need: what the front page, the grid and `/health` look rows up by.

In: the tables. Out: the same, with these; nothing else is here.
"""

from sqlalchemy import Index, literal_column

from bot.store.engine.tables import builds, commits, incidents

# As a literal: only then does SQLite see that the index on these is enough.
IS_NOTED = builds.c.note != literal_column("''")

_OF_BRANCH = (builds.c.repo_id, builds.c.branch)
Index(None, *_OF_BRANCH, builds.c.builder, builds.c.started_at)
Index(None, *_OF_BRANCH, builds.c.complete_at)
Index(None, *_OF_BRANCH, builds.c.revision)
Index("ix_builds_noted", builds.c.complete_at, sqlite_where=IS_NOTED, postgresql_where=IS_NOTED)
Index(None, commits.c.repo_id, commits.c.sha)
Index(None, incidents.c.state, incidents.c.opened_at)
