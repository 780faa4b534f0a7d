"""How Alembic runs here: within the transaction that `bot.ledger.database.upgrades` has begun."""

from __future__ import annotations

from alembic import context

from bot.ledger.database.schema import METADATA

# SQLite cannot alter a column: there Alembic copies the table.
context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
context.run_migrations()
