"""The tables, the way to them on SQLite and PostgreSQL, and how they are brought up to date."""
