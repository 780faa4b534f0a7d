"""What a guild's moderators have set: settings for the guild and its channels, words, blocks and limits."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import now
from bot.ledger.database.schema import BLOCKS, CHANNELS, GUILDS, WORDS
from bot.ledger.jobs import Allowance
from bot.ledger.queue.limits import RoleLimits, most_generous, read_limits


@dataclass(frozen=True, slots=True)
class GuildRules:
    """Settings for a whole guild. `check_action` (hold, refuse or spoiler) applies to images that score over
    `check_threshold` (0 to 1); `log_days` is how long the audit log goes back (None: as long as the history);
    `digest_at` is when the next digest is due (seconds since 1970); `language` is the code of what moderators read
    (None: English).
    """

    guild_id: int
    paused_by: int | None = None
    paused_at: float | None = None
    pause_reason: str | None = None
    audit_channel: int | None = None
    approval_channel: int | None = None
    panel_channel: int | None = None
    panel_message: int | None = None
    check_action: str | None = None
    check_threshold: float | None = None
    log_days: int | None = None
    digest_channel: int | None = None
    digest_at: float | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """Settings for a channel, or for all channels of a category. None: not set here."""

    guild_id: int
    channel_id: int
    allowed: bool | None = None
    workflows: tuple[str, ...] | None = None
    spoiler: bool | None = None
    previews: bool | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A member who can't request images. Times are seconds since 1970. Without `until` the block has no end."""

    guild_id: int
    user_id: int
    by: int
    reason: str | None
    since: float
    until: float | None


@dataclass(frozen=True, slots=True)
class WordRule:
    """What to look for in prompts. `kind` is word, phrase or pattern; `action` is refuse, hold or spoiler. `forms`:
    also the forms of a word, like its plural.
    """

    number: int
    guild_id: int
    kind: str
    text: str
    action: str
    added_by: int
    forms: bool = False


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules of a guild. `channels` is keyed by channel or category, `blocks` by member."""

    guild: GuildRules
    channels: Mapping[int, ChannelRules]
    words: tuple[WordRule, ...]
    blocks: Mapping[int, Block]
    limits: tuple[RoleLimits, ...]

    def block_of(self, user_id: int) -> Block | None:
        """The block that keeps a member from requesting images now, or None."""
        block = self.blocks.get(user_id)
        return block if block is not None and (block.until is None or block.until > time.time()) else None

    def allowance(self, role_ids: Collection[int]) -> Allowance:
        """The limits of a member with these roles. The role with the guild's own id is @everyone."""
        return most_generous(said for said in self.limits if said.role_id in {self.guild.guild_id, *role_ids})


def read_book(connection: Connection, guild_id: int) -> RuleBook:
    """All rules of a guild."""

    def of_guild(table: Table, *conditions: ColumnElement[bool]) -> Sequence[Any]:
        return connection.execute(select(table).where(table.c.guild_id == guild_id, *conditions)).all()

    channels = [channel_rules(row) for row in of_guild(CHANNELS)]
    rows = of_guild(GUILDS)
    return RuleBook(
        guild=GuildRules(*rows[0]) if rows else GuildRules(guild_id),
        channels={one.channel_id: one for one in channels},
        words=tuple(sorted((WordRule(*row) for row in of_guild(WORDS)), key=lambda rule: rule.number)),
        blocks={row.user_id: Block(*row) for row in of_guild(BLOCKS, unexpired())},
        limits=read_limits(connection, guild_id),
    )


def channel_rules(row: Any) -> ChannelRules:  # noqa: ANN401 - a row of the table
    """A channel's row as rules."""
    workflows = None if row.workflows is None else tuple(row.workflows)
    return ChannelRules(row.guild_id, row.channel_id, row.allowed, workflows, row.spoiler, row.previews)


def unexpired() -> ColumnElement[bool]:
    """Blocks that still hold."""
    return BLOCKS.c.until.is_(None) | (BLOCKS.c.until > now())
