"""The tables, access to them on SQLite and PostgreSQL, and their upgrades."""
