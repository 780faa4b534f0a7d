"""Keep the registered commands equal to the bot's. Discord is only written to if they differ."""

import asyncio
import logging
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_internals import AnyCommand, command_body, register_commands, registered_commands
from bot.discord_ui.core.commands.localizations import localized
from bot.discord_ui.core.commands.plan import MOST_COMMANDS, plan
from bot.discord_ui.core.commands.registered import FOR_GLOBAL, Normals, is_same, normal
from bot.discord_ui.core.feature import Command
from bot.errors import PackError
from bot.ledger import poll
from bot.workflows import Library, Pack

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
"""How often the packs are checked for changes."""
_RETRY_SECONDS: Final = 60.0
"""How long to wait after a failure of Discord before the commands are sent again."""

_CHAT_INPUT: Final = discord.AppCommandType.chat_input.value


class CommandSync:
    """Builds the tree's commands from the packs and registers them. A scope is a guild's id, or None for global.

    `faults` names the packs that do not get the command they ask for. `settled`: the current commands have
    been registered, or were known to be.
    """

    def __init__(
        self,
        tree: app_commands.CommandTree[Any],
        library: Library,
        pack_command: Callable[[Pack, str], Command] | None,
        test_guild_ids: Sequence[int] = (),
    ) -> None:
        self.faults: tuple[PackError, ...] = ()
        self.settled = False
        self._tree = tree
        self._library = library
        self._pack_command = pack_command
        self._test_guilds = frozenset(test_guild_ids)
        self._builtin: frozenset[str] = frozenset()
        self._packs: Mapping[str, Pack] | None = None
        self._retry_at = math.inf
        self._changed = asyncio.Event()
        self._guilds: set[int] = set()
        self._shared: Mapping[str, str] = {}
        self._own: dict[int | None, Mapping[str, str]] = {}
        self._at_discord: dict[int | None, Normals] = {}
        """The commands registered in each scope. A scope that is missing here has to be fetched."""
        self._ids: dict[int | None, Mapping[str, int]] = {}

    def changed(self) -> None:
        """Check the packs now: something about them has changed."""
        self._changed.set()

    def commands_of(self, guild_id: int | None) -> Mapping[str, str]:
        """The command names of a guild's packs, by the pack's key. Packs without their own command are missing."""
        return {**self._shared, **self._own.get(guild_id, {})}

    def id_of(self, name: str, guild_id: int | None) -> int | None:
        """Discord's id of a slash command in a guild; None if it is not known."""
        return self._ids.get(guild_id, {}).get(name) or self._ids.get(None, {}).get(name)

    async def start(self) -> None:
        """Add the packs' commands to the tree, then register all commands. Runs once."""
        self._builtin = frozenset(one.name for one in self._tree.get_commands(type=discord.AppCommandType.chat_input))
        self.build()
        self.settled = await self.sync()
        if not self.settled:
            self._retry_at = asyncio.get_running_loop().time() + _RETRY_SECONDS

    async def run(self) -> None:
        """Follow the packs until cancelled: changed files, uploads, and new ranges from ComfyUI servers."""
        await poll(self._follow, LOOK_SECONDS, "could not update the slash commands", bell=lambda: self._changed)

    async def _follow(self) -> None:
        asked = self._changed.is_set()
        self._changed.clear()
        try:
            found = await asyncio.to_thread(self._library.look)
        except OSError as error:
            log.warning("could not read the workflows: %s", error)
            found = None
        if found is not None:
            self._library.adopt(found)
            log.info("workflows: %s", ", ".join(self._library.packs) or "none")
            for fault in self._library.faults:
                log.error("workflow %s cannot be used: %s", fault.name, "; ".join(fault.faults))
        clock = asyncio.get_running_loop().time
        if asked or self._library.packs is not self._packs or clock() >= self._retry_at:
            self.build()
            done = await self.sync()
            self.settled = self.settled or done
            self._retry_at = math.inf if done else clock() + _RETRY_SECONDS

    def build(self) -> None:
        """Build the tree's commands again from the current packs."""
        first = self._packs is None
        self._packs = self._library.packs
        shared = plan((pack for pack in self._packs.values() if not pack.uploaded), self._builtin, _room(self._builtin))
        faults = [*shared.faults]
        for command in self._tree.get_commands(type=discord.AppCommandType.chat_input):
            if command.name not in self._builtin:
                self._tree.remove_command(command.name)
        self._add(shared.packs)
        self._shared = {pack.name: name for name, pack in shared.packs.items()}
        owners = {pack.key.guild_id for pack in self._packs.values()}
        self._guilds |= {guild_id for guild_id in owners if guild_id is not None} | self._test_guilds
        for guild_id in self._guilds:
            faults += self._build_guild(guild_id, {*self._builtin, *shared.packs})
        if first or str(faults) != str(self.faults):
            for fault in faults:
                log.warning("workflow %s: %s", fault.name, "; ".join(fault.faults))
        self.faults = tuple(faults)

    async def sync(self) -> bool:
        """Register the commands of every scope. Returns False if another try may help."""
        scopes: list[int | None] = [*sorted(self._guilds)]
        if not self._test_guilds:
            scopes.insert(0, None)
        settled = True
        for scope in scopes:
            try:
                await self._sync(scope)
            except (discord.HTTPException, OSError, TimeoutError) as fault:
                # Members keep the commands that were registered before.
                log.warning("could not register the commands (%s): %s", _named(scope), fault)
                self._at_discord.pop(scope, None)
                refused = isinstance(fault, discord.HTTPException) and not isinstance(fault, discord.DiscordServerError)
                settled = settled and refused
        return settled

    def _build_guild(self, guild_id: int, taken: set[str]) -> Sequence[PackError]:
        guild = discord.Object(guild_id)
        # Discord counts a guild's commands apart from global ones. Test guilds hold the global ones as well.
        room = _room(taken) if guild_id in self._test_guilds else MOST_COMMANDS
        own = plan((pack for pack in self._library.visible(guild_id) if pack.uploaded), taken, room)
        self._tree.clear_commands(guild=guild)
        if guild_id in self._test_guilds:
            self._tree.copy_global_to(guild=guild)
        self._add(own.packs, guild)
        self._own[guild_id] = {pack.name: name for name, pack in own.packs.items()}
        return own.faults

    def _add(self, packs: Mapping[str, Pack], guild: discord.Object | None = None) -> None:
        if self._pack_command is not None:
            for name, pack in packs.items():
                self._tree.add_command(self._pack_command(pack, name), guild=guild)

    async def _sync(self, scope: int | None) -> None:
        guild = None if scope is None else discord.Object(scope)
        packs = {name: self._library.packs.get(pack_name) for pack_name, name in self.commands_of(scope).items()}
        bodies = [
            localized(command_body(command, self._tree), packs.get(command.name))
            for command in _commands(self._tree, guild)
        ]
        ours, theirs = normal(bodies), self._at_discord.get(scope)
        if theirs is None:
            found = await registered_commands(self._tree, scope)
            theirs, self._ids[scope] = normal(found), _ids(found)
        # Until a ComfyUI server has answered, options lack its ranges: the ones registered last time are better.
        if is_same(ours, theirs, scope, None if self._library.heard else FOR_GLOBAL):
            log.info("commands (%s) are up to date", _named(scope))
            self._at_discord[scope] = theirs
            return
        self._ids[scope] = _ids(await register_commands(self._tree, bodies, scope))
        self._at_discord[scope] = ours
        log.info("registered %d commands (%s)", len(ours), _named(scope))


def _ids(commands: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    return {one["name"]: int(one["id"]) for one in commands if (one.get("type") or 1) == _CHAT_INPUT}


def _room(taken: Collection[str]) -> int:
    return MOST_COMMANDS - len(taken)


def _commands(tree: app_commands.CommandTree[Any], guild: discord.Object | None) -> list[AnyCommand]:
    kinds = (discord.AppCommandType.chat_input, discord.AppCommandType.message, discord.AppCommandType.user)
    return [command for kind in kinds for command in tree.get_commands(guild=guild, type=kind)]


def _named(scope: int | None) -> str:
    return "global" if scope is None else f"guild {scope}"
