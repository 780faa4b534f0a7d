"""How Alembic runs here: within the transaction that `bot.ledger.upgrading` has begun."""

from __future__ import annotations

from alembic import context

from bot.ledger.schema import METADATA

# SQLite cannot alter a column: there Alembic copies the table.
context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
context.run_migrations()
