"""The tables of the moderators' log, of reports, and of cases to decide."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, false

from bot.ledger.database.schema import METADATA, SafeText

AUDIT: Final = Table(
    "audit",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
    Column("act", String(32), nullable=False),
    Column("actor_id", BigInteger),
    Column("user_id", BigInteger),
    Column("job_id", String(36)),
    Column("detail", SafeText, nullable=False),
    Column("channel_id", BigInteger),
    Column("prompt", SafeText),
    Column("unposted", Boolean, nullable=False, server_default=false()),
    Column("batch", Integer),
    Index("audit_of_a_guild", "guild_id", "number"),
    Index("audit_by_age", "at"),
    Index("audit_unposted", "unposted", "guild_id", "number"),
)
"""Who did what to whom, when and why. Without an actor, the bot acted on its own. `unposted` entries wait to appear in
their guild's channel for the log; those that go into one message have the same `batch`, the number of the first.
"""

REPORTS: Final = Table(
    "reports",
    METADATA,
    Column("job_id", String(36), primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
    Index("reports_by_user", "user_id", "at"),
)
"""Members who reported a job's images, each member once per job."""

REPORT_COPY: Final = "report-"
"""A copy of a reported job's images has this and the job's id as its id in the table of files."""

CASES: Final = Table(
    "cases",
    METADATA,
    Column("job_id", String(36), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger),
    Column("message_id", BigInteger),
    Column("decided_by", BigInteger),
    Column("decision", String(16)),
    Column("open", Boolean, nullable=False),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("shown_revision", Integer, nullable=False, server_default="0"),
    Index("cases_open", "open"),
)
"""Jobs for moderators to decide about, and the message that shows each. `open` until it shows the decision. A
report's `revision` grows with every change; its message shows `shown_revision`.
"""
