"""The rules that hold for a member: those of their server, or in direct messages the operator's own."""

import asyncio

from bot.discord_ui.bot import Darkroom
from bot.ledger import Block, RuleBook, direct_book


async def rules_for(bot: Darkroom, guild_id: int | None, user_id: int) -> RuleBook:
    """All rules for this member in this guild, or (None) in direct messages. Raises `LedgerAway`."""
    if guild_id is not None:
        return await bot.ledger.rules.book(guild_id)
    return direct_book(bot.settings.direct_messages, await _shared_block(bot, user_id))


async def _shared_block(bot: Darkroom, user_id: int) -> Block | None:
    """A member's block in a guild that they share with the bot; of several, the one that lasts longest. A block counts
    unless Discord says that the member or the bot has left.
    """
    blocks = await bot.ledger.rules.blocks_of(user_id)
    shared = await asyncio.gather(*(bot.shared_servers.share(block.guild_id, user_id) for block in blocks))
    counting = [block for block, counts in zip(blocks, shared, strict=True) if counts]
    return max(counting, key=lambda block: float("inf") if block.until is None else block.until, default=None)
