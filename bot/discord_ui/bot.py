"""The Discord client. It needs no privileged intents, registers the commands of the features and routes presses."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Coroutine
from typing import Any, Final, TypeVar, cast

import aiohttp
import discord
from discord import app_commands

from bot.conversions import Conversions
from bot.discord_internals import AnsweredElsewhere, log_unreadable_events
from bot.discord_times import shown_machine_time
from bot.discord_ui.core.commands.permissions import CommandPermissions
from bot.discord_ui.core.commands.sync import CommandSync
from bot.discord_ui.core.feature import Command, Feature, Service
from bot.discord_ui.core.pending import Pending
from bot.discord_ui.core.replies import refuse, say_unsure, tell
from bot.discord_ui.core.routing import Router
from bot.errors import LedgerAway
from bot.instances import OtherProgram, Sighting
from bot.ledger import Ledger
from bot.messages import LEDGER_AWAY, Channels, JobMessages, tell_owners
from bot.moderation.log import ModeratorsLog
from bot.settings import Settings
from bot.spool import Spool
from bot.translation import N_, _
from bot.workflows import Library, WildcardFolder

log = logging.getLogger(__name__)

S = TypeVar("S", bound=Service)

_FAREWELL_SECONDS: Final = 3.0
"""How long closing the connection may take, so that a silent gateway cannot keep the program running."""
_CHANGED: Final = N_("That command has changed. Wait a moment until Discord shows the new one, then type it again.")
_OTHER_PROGRAM: Final = N_(
    "⚠️ Another program uses this bot’s token, since {when} or longer, and answers part of what members ask. Stop it, "
    "or reset the token in the developer portal and set the new one here."
)
_WENT_WRONG: Final = N_("Something went wrong. Please try again. If it keeps failing, tell a moderator.")


class _Commands(app_commands.CommandTree["Darkroom"]):
    """The command tree. It answers after every error, so that no member sees “did not respond”."""

    async def on_error(self, interaction: discord.Interaction[Darkroom], error: app_commands.AppCommandError) -> None:
        """Log the error and tell the member."""
        if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            log.info("someone used a command that no longer exists: %s", error)
            await tell(interaction, _(_CHANGED))
            return
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, AnsweredElsewhere):
            await say_unsure(interaction, cause, _(_WENT_WRONG))
            return
        if isinstance(cause, LedgerAway):
            log.warning("a command was not carried out, because the database cannot be used: %s", cause)
            await refuse(interaction, _(LEDGER_AWAY))
            return
        log.error("command %s failed", interaction.command and interaction.command.name, exc_info=error)
        await tell(interaction, _(_WENT_WRONG))


class Darkroom(discord.AutoShardedClient):
    """The bot, with the shards that its settings name. Features work with its public attributes: `settings`,
    `ledger`, `messages`, `library` and `wildcards`, `spool` and `conversions` for files, and `pending` for forms that
    are open. `running` returns the background work of `command_sync` and of `services`.
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
        http_trace: aiohttp.TraceConfig | None = None,
        connector: aiohttp.BaseConnector | None = None,
    ) -> None:
        trace = http_trace or aiohttp.TraceConfig()
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
        self.other_program = OtherProgram(settings.data_dir, self._tell_owners)
        self._notices: set[asyncio.Task[None]] = set()
        self.tree = _Commands(self)
        pack_command = next((feature.pack_command for feature in features if feature.pack_command), None)
        self.command_sync = CommandSync(self.tree, library, pack_command, settings.test_guild_ids)
        self.command_permissions = CommandPermissions(self, self.command_sync.id_of)
        self._features = features
        self._router = Router(features)
        self.services: dict[type[Service], Service] = {}
        for service in (make(self) for feature in features for make in feature.services):
            self.services[type(service)] = service

    def service(self, kind: type[S]) -> S:
        """The service of this class."""
        return cast("S", self.services[kind])

    def running(self) -> list[Coroutine[Any, Any, None]]:
        """The background work. The caller runs it until the process ends."""
        return [self.command_sync.run(), *(service.run() for service in self.services.values())]

    async def setup_hook(self) -> None:
        """Register the commands. discord.py calls this once, after the login and before it connects."""
        for command in commands_of(self._features):
            self.tree.add_command(command)
        for menu in (make() for feature in self._features for make in feature.menus):
            self.tree.add_command(menu)
        # The first reading of many wildcards may take longer than Discord waits for a reply.
        await asyncio.to_thread(self.wildcards.lists)
        await self.command_sync.start()

    def is_connected(self) -> bool:
        """Whether every shard of this process is connected. (`is_ready` becomes true seconds later.)"""
        shards = self.shards.values()
        return bool(shards) and not any(shard.is_closed() for shard in shards)

    def commands_changed(self) -> None:
        """Update the commands: the library has changed."""
        self.command_sync.changed()

    async def on_interaction(self, interaction: discord.Interaction[Darkroom]) -> None:
        """Route buttons, selects and forms. The tree handles commands."""
        if interaction.type in {discord.InteractionType.component, discord.InteractionType.modal_submit}:
            await self._router.answer(interaction)

    async def on_raw_app_command_permissions_update(self, event: discord.RawAppCommandPermissionsUpdateEvent) -> None:
        """Forget a guild's command permissions: an admin has changed them."""
        self.command_permissions.forget(event.guild.id)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Show the reports that were in a deleted channel to moderators again."""
        await self.ledger.reports.channel_deleted(channel.id)

    async def close(self) -> None:
        """Finish what is still to be written, then close the connection to Discord."""
        for service in self.services.values():
            await service.close()
        await self.moderators_log.close()
        await self.command_permissions.close()
        try:
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await super().close()
        except TimeoutError:
            log.warning("Discord did not close the connection in time; nothing is lost")

    def _tell_owners(self, sighting: Sighting) -> None:
        text = _(_OTHER_PROGRAM).format(when=shown_machine_time(sighting.since, "f"))
        nonce = f"other-{sighting.since:.0f}"
        notice = asyncio.create_task(tell_owners(self.channels, self.settings.owner_ids, text, nonce))
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
