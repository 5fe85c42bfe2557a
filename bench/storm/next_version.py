"""A newer version of the service, as far as a database can tell: today's with one more migration.

In: nothing. Out: a process that migrates to a schema which today's version does not know. The
migration does what ours may do beside a running older version: it only adds, and fills what it
added.
"""

import shutil
import tempfile
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from bot.store.engine import migrate

_MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"


def upgrade() -> None:
    op.add_column("builds", sa.Column("mood", sa.Text, nullable=True))
    op.add_column("inbox", sa.Column("mood", sa.Integer, nullable=True))
    op.add_column(
        "speech", sa.Column("mood", sa.BigInteger, nullable=False, server_default="0")
    )
    op.create_table(
        "moods",
        sa.Column("buildid", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("mood", sa.Text, nullable=False),
    )
    op.execute("INSERT INTO moods SELECT DISTINCT buildid, 'well' FROM builds")
    op.execute("UPDATE builds SET mood = 'well'")
    op.create_index("ix_builds_mood", "builds", ["mood"])
"""

SCHEMA = "next"
"""The name of the schema that it migrates to."""


def learn_next_schema() -> None:
    """From now on this process migrates to it, and knows it."""
    folder = Path(tempfile.mkdtemp(prefix="nightswatch-next-")) / "migrations"
    shutil.copytree(migrate._MIGRATIONS, folder)
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    head = ScriptDirectory.from_config(config).get_current_head()
    (folder / "versions" / "next.py").write_text(_MIGRATION.format(head=head))
    migrate._MIGRATIONS = folder
