"""Comments that are folded, held back or gone, and the posts that limits are counted by."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward; there is no way back but a backup. Older versions write on, without these."""
    for name, kind in (
        ("folded", sa.Text),
        ("outdated", sa.Text),
        ("deleted_at", _TIME),
        ("held_rank", sa.BigInteger),
        ("look_at", _TIME),
    ):
        op.add_column("speech", sa.Column(name, kind, nullable=True))
    op.create_table(
        "posts",
        sa.Column("repo_id", sa.BigInteger, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("thread", sa.Integer, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("repo_id", "number", "thread", name="pk_posts"),
    )
    op.execute(
        "INSERT INTO posts (repo_id, number, thread, at) "
        "SELECT repo_id, number, thread, posted_at FROM speech WHERE posted_at IS NOT NULL"
    )
