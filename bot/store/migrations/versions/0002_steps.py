"""The steps of a build, and when a branch's commits and incidents last changed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forward; there is no way back but a backup. Of builds read before, no steps are known."""
    op.add_column("builds", sa.Column("steps", sa.Text, nullable=True))
    op.add_column("failures", sa.Column("step", sa.Text, nullable=True))
    for name in ("line_version", "incidents_version"):
        op.add_column(
            "branches", sa.Column(name, sa.BigInteger, nullable=False, server_default="0")
        )
