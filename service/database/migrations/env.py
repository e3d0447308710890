"""What Alembic runs to migrate: over the connection that service/database/migrate.py hands in.

Opens no connection of its own and commits nothing.
"""

from alembic import context

from service.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
