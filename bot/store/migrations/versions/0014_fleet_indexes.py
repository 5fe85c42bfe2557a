"""What the front page and the grid look builds, commits and open incidents up by."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_INDEXES = (
    ("builds", ("repo_id", "branch", "builder", "started_at")),
    ("builds", ("repo_id", "branch", "complete_at")),
    ("builds", ("repo_id", "branch", "revision")),
    ("commits", ("repo_id", "sha")),
    ("incidents", ("state", "opened_at")),
)


def upgrade() -> None:
    """Forward; there is no way back but a backup."""
    for table, columns in _INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
    noted = sa.text("note != ''")
    op.create_index(
        "ix_builds_noted", "builds", ["complete_at"], sqlite_where=noted, postgresql_where=noted
    )
