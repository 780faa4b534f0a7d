"""The tables of styles, and of LoRAs' trigger words."""

from typing import Final

from sqlalchemy import JSON, BigInteger, Column, Float, String, Table

from bot.ledger.database.schema import METADATA

STYLES: Final = Table(
    "styles",
    METADATA,
    Column("guild_id", BigInteger, primary_key=True),
    Column("key", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("content", JSON(none_as_null=True)),
    Column("changed_by", BigInteger, nullable=False),
    Column("changed_at", Float, nullable=False),
)
"""A guild's own styles. `key` is the name in any case. A row without content hides a style that all guilds share."""

LORA_WORDS: Final = Table(
    "lora_words",
    METADATA,
    Column("name", String, primary_key=True),
    Column("words", String, nullable=False),
    Column("read_at", Float, nullable=False),
)
"""The trigger words in the metadata of each LoRA file on the ComfyUI servers; "" for none."""
