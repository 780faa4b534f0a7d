"""The ledger's tables about servers."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, LargeBinary, String, Table

from bot.ledger.database.schema import METADATA

SERVERS: Final = Table(
    "servers",
    METADATA,
    Column("url", String, primary_key=True),
    Column("worker", String(36), primary_key=True),
    Column("lease_until", Float, nullable=False),
    Column("answering", Boolean, nullable=False),
    Column("trouble", String(16)),
    Column("rest", String(16)),
    Column("rest_until", Float),
    Column("foreign_prompts", Integer, nullable=False, server_default="0"),
    Column("foreign_until", Float),
    Column("dozes_at", Float),
    Column("woken_until", Float),
    Column("object_info", LargeBinary),
    Column("fingerprint", String(64)),
)
"""Which worker looks after which ComfyUI server, and what that server offers (compressed JSON).

`dozes_at`: from then on its machine may be asleep (NULL: it never sleeps). `woken_until`: until then the machine may
take to wake up, and no other one is woken for the same job.
"""

PAUSES: Final = Table(
    "pauses",
    METADATA,
    Column("server", String, primary_key=True),
    Column("by", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
    Column("until", Float),
)
"""Servers that take no new jobs, because the people who run the bot said so. Server "": all of them."""
