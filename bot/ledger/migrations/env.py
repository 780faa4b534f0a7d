"""Alembic's environment: migrations run in the transaction that `bot.ledger.database.upgrades` has begun."""

from alembic import context

from bot.ledger.database.schema import METADATA

# SQLite cannot alter a column, so Alembic copies the table there.
context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
context.run_migrations()
