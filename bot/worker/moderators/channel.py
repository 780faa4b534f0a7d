"""The channel in which a guild's moderators are asked, and the rest that a guild takes after its channel refused."""

import asyncio
import logging
from collections.abc import Collection
from typing import Final

from bot.ledger import Act, Ledger
from bot.messages import Cause, Undeliverable, note_refusal

log = logging.getLogger(__name__)

_REST_SECONDS: Final = 60.0
"""How long a guild rests whose channel refuses messages, because Discord bans bots that retry too often."""


class ModeratorsChannel:
    """Knows which guilds rest."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._rests_until: dict[int, tuple[float, int | None]] = {}
        """Guild -> the end of its rest (seconds of the event loop's clock), and the channel that refused."""
        self._tried: dict[int, int | None] = {}
        """Guild -> the channel that was asked for last, to write there."""

    async def of(self, guild_id: int) -> int | None:
        """The channel for approvals, or else that of the log; None if there is neither."""
        guild = (await self._ledger.rules.book(guild_id)).guild
        self._tried[guild_id] = channel_id = guild.approval_channel or guild.audit_channel
        return channel_id

    async def resting(self) -> Collection[int]:
        """The guilds that rest. One whose moderators have chosen another channel rests no longer."""
        now = asyncio.get_running_loop().time()
        self._rests_until = {
            guild_id: (until, channel_id)
            for guild_id, (until, channel_id) in self._rests_until.items()
            if until > now and channel_id == await self.of(guild_id)
        }
        return self._rests_until

    def rests(self, guild_id: int | None) -> bool:
        """Whether this guild was resting at the last look, or has refused since."""
        return guild_id in self._rests_until

    async def refused(self, guild_id: int, fault: Exception) -> None:
        """The guild's channel took no message: it rests. If it was deleted, it is forgotten: no event says so about one
        that was deleted while no bot ran.
        """
        log.warning("guild %d: could not write to the moderators: %s", guild_id, fault)
        channel_id = self._tried.get(guild_id)
        if channel_id is not None and isinstance(fault, Undeliverable) and fault.cause is Cause.NO_CHANNEL:
            await self._ledger.rules.channel_deleted(guild_id, channel_id)
            return
        if channel_id is not None and isinstance(fault, Undeliverable):
            await note_refusal(self._ledger, guild_id, channel_id, Act.APPROVAL)
        until = asyncio.get_running_loop().time() + _REST_SECONDS
        self._rests_until[guild_id] = until, await self.of(guild_id)
