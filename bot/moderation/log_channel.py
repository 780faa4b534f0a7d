"""Shows the moderators' log in a guild's channel, in order. One process does it for all, so that no two overtake each
other; many entries at once share a message.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from functools import partial
from typing import Final

from bot.discord_limits import CONTENT, NONCE
from bot.ledger import LOG, Act, GuildRules, Ledger, LogLine, poll
from bot.messages import Cause, Channels, NotNow, Rendered, Undeliverable, Urgency, note_refusal, post, says_already
from bot.moderation.act_wording import dated_sentence
from bot.translation import language_called, speaking

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 10.0
"""The bell may miss entries."""
_GATHER_SECONDS: Final = 1.0
"""Minimum pause between two messages: what happens meanwhile shares the next one."""
_AT_ONCE: Final = 20
"""Guilds."""
_LINES: Final = 60
"""More entries than fit a message."""
_REST_SECONDS: Final = 60.0
"""How long a guild rests whose channel refuses messages, because Discord bans bots that retry too often."""


class LogChannel:
    """`leads` says whether this process is the one that shows it."""

    def __init__(self, ledger: Ledger, channels: Channels, leads: Callable[[], bool]) -> None:
        self._ledger = ledger
        self._channels = channels
        self._leads = leads
        self._rests_until: dict[int, tuple[float, int]] = {}
        """Guild -> the end of its rest (seconds of the event loop's clock), and the channel that refused."""

    async def run(self) -> None:
        """Show new entries until cancelled."""
        bell = partial(self._ledger.signals.bell, LOG)
        await poll(
            self._look, _LOOK_SECONDS, "could not show the moderators' log", bell=bell, rest_seconds=_GATHER_SECONDS
        )

    async def _look(self) -> None:
        if not self._leads():
            return
        guilds = await self._ledger.log_posts.guilds(_AT_ONCE, await self._resting())
        more = await asyncio.gather(*map(self._show, guilds))
        if any(more):
            self._ledger.signals.ring(LOG)

    async def _resting(self) -> Collection[int]:
        """The guilds that rest. One whose moderators have chosen another channel rests no longer."""
        now, rules = asyncio.get_running_loop().time(), self._ledger.rules
        self._rests_until = {
            guild_id: (until, channel_id)
            for guild_id, (until, channel_id) in self._rests_until.items()
            if until > now and channel_id == _channel((await rules.book(guild_id)).guild)
        }
        return self._rests_until

    async def _show(self, guild_id: int) -> bool:
        """Send a guild's next message. Returns whether there may be more entries."""
        posts = self._ledger.log_posts
        waiting = await posts.next(guild_id, _LINES)
        if waiting is None:
            return False
        with speaking(language_called(await self._ledger.rules.language(guild_id))):
            lines = waiting.lines if waiting.begun else _that_fit(waiting.lines)
            text = "\n".join(map(dated_sentence, lines))
        try:
            # An earlier process may have sent them and died before the ledger knew.
            if not (waiting.begun and await says_already(self._channels.client, waiting.channel_id, text)):
                await posts.begin(lines)
                nonce = f"log-{lines[0].number}"[:NONCE]
                await post(self._channels, waiting.channel_id, Rendered(text), nonce, Urgency.ENDED)
        except (Undeliverable, NotNow) as fault:
            log.warning("guild %d: could not show its moderators' log: %s", guild_id, fault)
            if isinstance(fault, Undeliverable) and fault.cause is Cause.NO_CHANNEL:
                await self._ledger.rules.channel_deleted(guild_id, waiting.channel_id)
                return False
            if isinstance(fault, Undeliverable):
                await note_refusal(self._ledger, guild_id, waiting.channel_id, Act.AUDIT)
            until = asyncio.get_running_loop().time() + _REST_SECONDS
            self._rests_until[guild_id] = until, waiting.channel_id
            return False
        await posts.posted(lines)
        return True


def _channel(guild: GuildRules) -> int | None:
    """The channel of the log, or the only one that can have refused an entry."""
    return guild.audit_channel or guild.approval_channel


def _that_fit(lines: tuple[LogLine, ...]) -> tuple[LogLine, ...]:
    """The first lines that fit a message together; at least one."""
    room, count = CONTENT, 0
    for line in lines:
        room -= len(dated_sentence(line)) + 1
        if room < 0 and count:
            break
        count += 1
    return lines[:count]
