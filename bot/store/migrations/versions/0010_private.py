"""Whether GitHub calls a repository private."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Forward; there is no way back but a backup.

    Of repositories known before it is not known until GitHub is asked, and they are private
    until then.
    """
    op.add_column("repositories", sa.Column("private", sa.Boolean, nullable=True))
