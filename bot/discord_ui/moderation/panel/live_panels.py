"""Live panels: each is one message, kept up to date by one of the processes that receive its guild's events."""

import asyncio
import contextlib
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import discord

from bot.discord_ui.access.readers import only_moderators_read
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.feature import Service
from bot.discord_ui.moderation.panel.panel_page import Panel, buttons_of, embed_of, guild_queue, render_panel
from bot.ledger import COUNTED_AHEAD, Act, Entry, GuildRules, KnownServer, poll
from bot.messages import CANNOT_SEE, THREAD_ARCHIVED, Limited, Urgency, note_refusal
from bot.translation import language_called, speaking

log = logging.getLogger(__name__)

_PAUSE_SECONDS: Final = 2.5
"""Between two updates: several changes in that time take one edit."""
_POLL_SECONDS: Final = 10.0
"""The longest time between two updates. The ledger does not signal every change."""
_NO_MENTIONS: Final = discord.AllowedMentions.none()
"""discord.py does not apply the client's allowed mentions to an edit without text."""
_EDIT_SECONDS: Final = 20.0
_FORBIDDEN, _NOT_FOUND = 403, 404
_ARCHIVED: Final = 50083
"""Discord's code for an edit in an archived thread."""


@dataclass(frozen=True, slots=True)
class _Survey:
    """What all panels share: every job's place in the queue of all guilds, and the ComfyUI servers."""

    places: Mapping[str, int]
    servers: Sequence[KnownServer]
    looked: bool


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a panel's message shows, and when it was edited (seconds of the event loop's clock)."""

    message_id: int
    panel: Panel
    at: float


class Panels(Service):
    """The panels of this process's guilds, one each. The bot edits them with its own token, which does not expire."""

    def __init__(self, bot: Darkroom) -> None:
        self._bot = bot
        self._shown: dict[int, _Shown] = {}
        """Guild id -> what its panel shows."""
        self._replacing = asyncio.Lock()

    async def run(self) -> None:
        """Keep all panels up to date for as long as the bot runs."""
        await self._bot.wait_until_ready()
        bell, wait = self._bot.ledger.signals.bell, _PAUSE_SECONDS
        await poll(self._show_all, _POLL_SECONDS, "could not update the queue panels", bell=bell, rest_seconds=wait)

    async def open(self, interaction: discord.Interaction[Darkroom], entry: Entry) -> None:
        """Answer with a panel of the entry's guild. It replaces the previous one."""
        guild_id = entry.guild_id
        async with self._replacing:
            rules = self._bot.ledger.rules
            before = (await rules.book(guild_id)).guild
            with speaking(language_called(before.language)):
                panel = await self._panel(replace(before, panel_channel=interaction.channel_id), await self._survey())
                reply = await interaction.response.send_message(embed=embed_of(panel), view=buttons_of(panel))
            if reply.message_id is None:
                return
            place = {"panel_channel": interaction.channel_id, "panel_message": reply.message_id}
            await rules.set_guild(guild_id, entry=entry, **place)
            self._shown[guild_id] = _Shown(reply.message_id, panel, asyncio.get_running_loop().time())
        if before.panel_channel is not None and before.panel_message is not None:
            with contextlib.suppress(discord.HTTPException):
                await self._bot.channels.delete(before.panel_channel, before.panel_message)

    async def _show_all(self) -> None:
        panels = await self._bot.ledger.rules.panels()
        # Several processes may receive a guild's events: one of them edits its panel.
        here = [guild for guild in panels.values() if self._bot.leads_guild(guild.guild_id)]
        self._shown = {guild_id: shown for guild_id, shown in self._shown.items() if guild_id in panels}
        if here:
            survey = await self._survey()
            await asyncio.gather(*(self._show_translated(guild, survey) for guild in here))

    async def _show_translated(self, guild: GuildRules, survey: _Survey) -> None:
        with speaking(language_called(guild.language)):
            await self._show(guild, survey)

    async def _show(self, guild: GuildRules, survey: _Survey) -> None:
        if guild.panel_channel is None or guild.panel_message is None:
            return
        channel_id, message_id = guild.panel_channel, guild.panel_message
        panel, shown = await self._panel(guild, survey), self._shown.get(guild.guild_id)
        if shown is not None and (shown.message_id, shown.panel) == (message_id, panel):
            return
        since = -math.inf if shown is None else shown.at
        message = self._bot.get_partial_messageable(channel_id).get_partial_message(message_id)
        try:
            async with (
                asyncio.timeout(_EDIT_SECONDS),
                self._bot.channels.edits(channel_id, message_id, Urgency.NEWS, since) as turn,
            ):
                await turn.carry_out(
                    message.edit(embed=embed_of(panel), view=buttons_of(panel), allowed_mentions=_NO_MENTIONS)
                )
        except discord.HTTPException as fault:
            log.info("guild %d: could not edit its queue panel: %s", guild.guild_id, fault)
            await self._refused(guild.guild_id, channel_id, message_id, fault)
            if fault.code == _ARCHIVED:
                # It is tried again with the next change.
                self._shown[guild.guild_id] = _Shown(message_id, panel, asyncio.get_running_loop().time())
        except (Limited, OSError, TimeoutError) as fault:
            log.info("guild %d: could not edit its queue panel: %s", guild.guild_id, fault)
        else:
            self._shown[guild.guild_id] = _Shown(message_id, panel, asyncio.get_running_loop().time())

    async def _refused(self, guild_id: int, channel_id: int, message_id: int, fault: discord.HTTPException) -> None:
        """Tell moderators why a panel shows the queue as it was, unless somebody has deleted it."""
        ledger = self._bot.ledger
        if fault.code == _ARCHIVED:
            await note_refusal(ledger, guild_id, channel_id, Act.PANEL, THREAD_ARCHIVED)
        if fault.status == _FORBIDDEN:
            await note_refusal(ledger, guild_id, channel_id, Act.PANEL, CANNOT_SEE)
        if fault.status in {_FORBIDDEN, _NOT_FOUND}:
            await ledger.rules.forget_panel(guild_id, message_id)

    async def _survey(self) -> _Survey:
        ledger = self._bot.ledger
        placed = await ledger.line(COUNTED_AHEAD)
        servers = await ledger.servers.known()
        looked = any(server.answering for server in servers) or ledger.servers.away(servers)
        return _Survey({job.id: place for place, (job, _) in enumerate(placed)}, servers, looked)

    async def _panel(self, guild: GuildRules, survey: _Survey) -> Panel:
        active = await self._bot.ledger.active_in(guild.guild_id)
        places = dict(survey.places)
        if guild.paused_by is not None:
            # The queue of all guilds is without the jobs of those that are paused.
            waiting = await self._bot.ledger.kept_back(COUNTED_AHEAD, guild.guild_id)
            places |= {job.id: place for place, job in enumerate(waiting, len(places))}
        queue = guild_queue(active, places)
        reports = await self._bot.ledger.reports.waiting(guild.guild_id)
        # Asked at every edit: the channel's permissions may have changed since the last one.
        masked = not await only_moderators_read(self._bot, guild.guild_id, guild.panel_channel)
        titled = partial(title_of, self._bot)
        return render_panel(guild, queue, survey.servers, titled, looked=survey.looked, reports=reports, masked=masked)
