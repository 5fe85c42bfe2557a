"""What was said in earlier comments on a pull stays, and counts."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Forward; there is no way back but a backup. Older versions keep the last comment's only."""
    op.add_column("said", sa.Column("thread", sa.Integer, nullable=True))
    op.execute(
        "UPDATE said SET thread = (SELECT speech.thread FROM speech "
        "WHERE speech.repo_id = said.repo_id AND speech.number = said.number)"
    )
