"""What the steps of a build were told to run, and in which of them a suite ran."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Forward; there is no way back but a backup.

    Of builds read before it is not known, and they are judged by the names of steps as before.
    """
    op.add_column("builds", sa.Column("step_runs", sa.Text, nullable=True))
    op.add_column("test_runs", sa.Column("step", sa.Text, nullable=True))
