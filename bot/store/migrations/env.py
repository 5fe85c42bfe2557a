"""Alembic's way in: runs the migrations on the connection that `store/engine/migrate.py` gives."""

from alembic import context

from bot.store.engine.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter a table in place
)
with context.begin_transaction():
    context.run_migrations()
