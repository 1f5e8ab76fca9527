"""How Alembic runs the steps: on the connection, and inside the transaction, that ``migration`` gives it."""

from alembic import context

from quotary_server.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
