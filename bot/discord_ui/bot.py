"""The Discord client. It needs no privileged intents, registers the commands of the features and routes presses."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Final, TypeVar, cast

import aiohttp
import discord
from discord import app_commands

from bot.conversions import Conversions
from bot.discord_internals import (
    interaction_data,
    log_unreadable_events,
    surround_interactions,
    tell_listed_guilds,
)
from bot.discord_times import shown_machine_time
from bot.discord_ui.core.abandoned import AbandonedInteractions
from bot.discord_ui.core.commands.permissions import CommandPermissions
from bot.discord_ui.core.commands.sync import CommandSync
from bot.discord_ui.core.commands.tree import Commands
from bot.discord_ui.core.feature import Command, Feature, Service
from bot.discord_ui.core.intake import Intake
from bot.discord_ui.core.left_guilds import LeftGuilds
from bot.discord_ui.core.members.member_names import MemberNames
from bot.discord_ui.core.members.shared_servers import SharedServers
from bot.discord_ui.core.pending import Pending
from bot.discord_ui.core.places import why_not_here
from bot.discord_ui.core.routing import Router
from bot.errors import LedgerAway
from bot.instances import GONE_SECONDS, OtherProgram, Sighting
from bot.ledger import Ledger
from bot.messages import Channels, JobMessages, cancel_all_of_guild, tell_owners
from bot.moderation.guild_languages import GuildLanguages
from bot.moderation.log import ModeratorsLog
from bot.settings import Settings
from bot.spool import Spool
from bot.translation import N_, _, language_of, speaking
from bot.worker import Judge
from bot.workflows import Library, WildcardFolder

log = logging.getLogger(__name__)

S = TypeVar("S", bound=Service)

_FAREWELL_SECONDS: Final = 3.0
"""How long closing the connection may take, so that a silent gateway cannot keep the program running."""
_OTHER_PROGRAM: Final = N_(
    "⚠️ Another program has been using this bot’s token since {when} or earlier, and it answers some of the members’ "
    "commands. Stop it, or reset the token in the developer portal and set the new one here."
)
_NO_CHECK: Final = Judge()
_IN_SERVERS: Final = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)


class Darkroom(discord.AutoShardedClient):
    """The bot, with the shards that its settings name. Features work with its public attributes: `settings`,
    `ledger`, `messages`, `library` and `wildcards`, `spool` and `conversions` for files, and `pending` for forms that
    are open; `judge` checks images. `running` returns the background work of `command_sync` and of `services`.
    """

    def __init__(
        self,
        features: tuple[Feature, ...],
        *,
        settings: Settings,
        ledger: Ledger,
        library: Library,
        spool: Spool,
        conversions: Conversions,
        judge: Judge = _NO_CHECK,
        http_trace: aiohttp.TraceConfig | None = None,
        connector: aiohttp.BaseConnector | None = None,
    ) -> None:
        trace = http_trace or aiohttp.TraceConfig()
        # The bot never joins a voice channel, so operators need no warnings that the libraries for it are missing.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            connector=connector,
            http_trace=trace,
            shard_count=settings.shard_count,
            shard_ids=list(settings.shard_ids),
            intents=discord.Intents(guilds=True),
            # The default for messages that set no allowed mentions of their own.
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
        )
        surround_interactions(self, lambda locale: speaking(language_of(locale)))
        log_unreadable_events(self)
        self.settings = settings
        self.ledger = ledger
        self.library = library
        self.wildcards = WildcardFolder(settings.wildcards_dir)
        self.spool = spool
        self.conversions = conversions
        self.channels = Channels(self, trace, *(() if connector is None else (connector.limit,)))
        self.messages = JobMessages(self.channels)
        self.pending = Pending()
        self.moderators_log = ModeratorsLog(ledger)
        self.guild_languages = GuildLanguages(ledger)
        self.judge = replace(judge, note=self.moderators_log.note)
        self.shared_servers = SharedServers(self)
        self.member_names = MemberNames(self)
        self.other_program = OtherProgram(settings.data_dir, self._tell_owners)
        self.intake = Intake(ledger, self.pending, self.other_program.noticed)
        self.leads_shard: Callable[[int], bool] = lambda _: True
        """Whether this process does what has to be done once for a shard. Several processes may run the same one."""
        self._live: set[int] = set()
        self._notices: set[asyncio.Task[None]] = set()
        direct = settings.direct_messages.allowed
        self.tree = Commands(
            self,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=direct, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        pack_command = next((feature.pack_command for feature in features if feature.pack_command), None)
        self.command_sync = CommandSync(self.tree, library, pack_command, settings.test_guild_ids)
        self.command_permissions = CommandPermissions(self, self.command_sync.id_of)
        self._features = features
        self._anywhere = frozenset(name for feature in features for name in feature.anywhere)
        self._router = Router(features, self._why_not_here)
        farewells = [farewell for feature in features for farewell in feature.farewells]
        self._abandoned = AbandonedInteractions(self, ledger, self.intake, farewells)
        self._left_guilds = LeftGuilds(self, ledger, self._cancel_all)
        tell_listed_guilds(self, self._left_guilds.listed)
        self.services: dict[type[Service], Service] = {}
        for service in (make(self) for feature in features for make in feature.services):
            self.services[type(service)] = service

    def service(self, kind: type[S]) -> S:
        """The service of this class."""
        return cast("S", self.services[kind])

    def running(self) -> list[Coroutine[Any, Any, None]]:
        """The background work. The caller runs it until the process ends."""
        services = (service.run() for service in self.services.values())
        return [self.command_sync.run(), self._abandoned.run(), self._left_guilds.run(), *services]

    async def setup_hook(self) -> None:
        """Register the commands. discord.py calls this once, after the login and before it connects."""
        for command in commands_of(self._features):
            if command.guild_only:
                # The tree's contexts would count otherwise.
                command.allowed_contexts = _IN_SERVERS
            self.tree.add_command(command)
        for menu in (make() for feature in self._features for make in feature.menus):
            self.tree.add_command(menu)
        # The first reading of many wildcards may take longer than Discord waits for a reply.
        await asyncio.to_thread(self.wildcards.lists)
        await self.command_sync.start()

    def is_connected(self) -> bool:
        """Whether Discord sends this process the interactions of all its shards, and it takes them. (`is_ready`
        becomes true seconds later.)
        """
        return (
            bool(self._live)
            and self._live >= {*(self.shard_ids or range(self.shard_count or 0))}
            and not self.intake.stopping
        )

    def is_ready_for_members(self) -> bool:
        """Whether this process can take the place of another one: its shards are connected, and its commands are
        registered.
        """
        return self.is_connected() and self.command_sync.settled

    def leads_guild(self, guild_id: int) -> bool:
        """Whether this process does what has to be done once for a guild."""
        guild = self.get_guild(guild_id)
        return guild is not None and self.leads_shard(guild.shard_id)

    async def on_shard_connect(self, shard_id: int) -> None:
        """Discord has accepted a shard, and sends its events from now on."""
        self._live.add(shard_id)

    on_shard_resumed = on_shard_connect

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """A shard has lost its connection."""
        self._live.discard(shard_id)

    def commands_changed(self) -> None:
        """Update the commands: the library has changed."""
        self.command_sync.changed()

    async def on_interaction(self, interaction: discord.Interaction[Darkroom]) -> None:
        """Route buttons, selects and forms. The tree handles commands."""
        used = interaction.type in {discord.InteractionType.component, discord.InteractionType.modal_submit}
        if used and await self.intake.takes(interaction):
            await self.note_language(interaction)
            await self._router.answer(interaction)

    async def note_language(self, interaction: discord.Interaction[Any]) -> None:
        """Note the language of the guild where an interaction was used, before anything is written to its moderators:
        the bot may have joined it a moment ago.
        """
        if interaction.guild_id is None:
            return
        guild = self.get_guild(interaction.guild_id)
        locale = interaction.guild_locale if guild is None or guild.unavailable else guild.preferred_locale
        if locale is not None:
            with contextlib.suppress(LedgerAway):
                await self.guild_languages.note(interaction.guild_id, locale)

    def refusal_of_command(self, interaction: discord.Interaction[Darkroom]) -> str | None:
        """Why a command is not carried out where it was used; None if it is."""
        known = interaction_data(interaction).get("name") in self._anywhere
        return None if known else self._why_not_here(interaction)

    def _why_not_here(self, interaction: discord.Interaction[Any]) -> str | None:
        return why_not_here(interaction, direct_messages=self.settings.direct_messages.allowed)

    async def on_raw_app_command_permissions_update(self, event: discord.RawAppCommandPermissionsUpdateEvent) -> None:
        """Forget a guild's command permissions: an admin has changed them."""
        self.command_permissions.forget(event.guild.id)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Look after what was in a deleted channel for moderators."""
        await self._moderators_lost(channel.guild.id, channel.id)

    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        """The same: moderators may have chosen a thread."""
        await self._moderators_lost(event.guild_id, event.thread_id)

    async def _moderators_lost(self, guild_id: int, channel_id: int) -> None:
        """Nothing more is sent to this channel, and the reports that were there are shown to moderators again."""
        try:
            await self.ledger.rules.channel_deleted(guild_id, channel_id)
            await self.ledger.reports.channel_deleted(channel_id)
        except LedgerAway as fault:
            log.warning("a deleted channel will be noticed when something is sent there: %s", fault)

    async def on_guild_channel_update(
        self, _before: discord.abc.GuildChannel, _after: discord.abc.GuildChannel
    ) -> None:
        """Look at the queue's panels: others may read one now."""
        self.ledger.signals.ring()

    async def on_guild_role_update(self, _before: discord.Role, _after: discord.Role) -> None:
        """The same: a role may let its members read more channels."""
        self.ledger.signals.ring()

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Cancel what a server has in the queue that has removed the bot: nobody would see the images there."""
        await self._cancel_all(guild.id)

    async def _cancel_all(self, guild_id: int) -> None:
        await cancel_all_of_guild(self.messages, self.ledger, self.library.title_of, guild_id)

    async def close(self) -> None:
        """Finish what is still to be written, then close the connection to Discord."""
        for service in self.services.values():
            await service.close()
        await self.intake.close()
        await self.moderators_log.close()
        await self.command_permissions.close()
        try:
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await super().close()
        except TimeoutError:
            log.warning("Discord did not close the connection in time; nothing is lost")

    def _tell_owners(self, sighting: Sighting) -> None:
        async def tell() -> None:
            try:
                if not await self.ledger.interactions.saw_other_program(GONE_SECONDS):
                    return
            except LedgerAway as fault:
                log.warning("the owners will hear later that another program uses the token: %s", fault)
                return
            text = _(_OTHER_PROGRAM).format(when=shown_machine_time(sighting.since, "f"))
            await tell_owners(self.channels, self.settings.owner_ids, text, f"other-{sighting.since:.0f}")

        notice = asyncio.create_task(tell())
        self._notices.add(notice)
        notice.add_done_callback(self._notices.discard)

    async def on_ready(self) -> None:
        """Log that the bot is ready for members."""
        log.info("ready as %s in %d servers", self.user, len(self.guilds))


@functools.cache
def commands_of(features: tuple[Feature, ...]) -> tuple[Command | app_commands.Group, ...]:
    """The slash commands of the features, without those of workflows. Cached, because discord.py takes a while to
    build them.
    """
    return tuple(make() for feature in features for make in feature.commands)
