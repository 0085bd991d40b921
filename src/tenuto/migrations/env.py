"""What Alembic runs for every command: our connection in, the revisions applied within its transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

_connection: Connection | None = context.config.attributes.get("connection")
if _connection is None:
    raise SystemExit("Run `tenuto migrate`: it opens the connection and holds the lock that keeps other processes out.")

context.configure(connection=_connection, transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
