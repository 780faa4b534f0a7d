"""Keep the registered commands equal to the bot's. Discord is only written to if they differ."""

import asyncio
import logging
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import discord
from discord import app_commands
from discord.app_commands import AppCommand

from bot.discord_internals import command_body, known_command_body
from bot.discord_ui.core.commands.plan import MOST_COMMANDS, plan
from bot.discord_ui.core.feature import Command
from bot.errors import PackError
from bot.ledger import poll
from bot.workflows import Library, Pack

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
"""How often the packs are checked for changes."""
_RETRY_SECONDS: Final = 60.0
"""How long to wait after a failure of Discord before the commands are sent again."""

Normal = dict[str, Any]


class CommandSync:
    """Builds the tree's commands from the packs and registers them. A scope is a guild's id, or None for global.

    `faults` names the packs that do not get the command they ask for.
    """

    def __init__(
        self,
        tree: app_commands.CommandTree[Any],
        library: Library,
        pack_command: Callable[[Pack, str], Command] | None,
        test_guild_ids: Sequence[int] = (),
    ) -> None:
        self.faults: tuple[PackError, ...] = ()
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
        self._at_discord: dict[int | None, Mapping[object, Normal]] = {}
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
        if not await self.sync():
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
            self._retry_at = math.inf if await self.sync() else clock() + _RETRY_SECONDS

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
        ours = normal(command_body(command, self._tree) for command in _commands(self._tree, guild))
        theirs = self._at_discord.get(scope)
        if theirs is None:
            found = await self._tree.fetch_commands(guild=guild)
            theirs, self._ids[scope] = fetched(found), _ids(found)
        # Until a ComfyUI server has answered, options lack its ranges: the ones registered last time are better.
        if _same(ours, theirs, guild) if self._library.heard else ours.keys() == theirs.keys():
            log.info("commands (%s) are up to date", _named(scope))
            self._at_discord[scope] = theirs
            return
        self._ids[scope] = _ids(await self._tree.sync(guild=guild))
        self._at_discord[scope] = ours
        log.info("registered %d commands (%s)", len(ours), _named(scope))


def normal(commands: Iterable[Mapping[str, Any]]) -> Mapping[object, Normal]:
    """Commands by type and name, without the fields that Discord adds, and with one spelling for false, empty or
    missing fields.
    """
    return {(one.get("type") or 1, one["name"]): _normal_command(one) for one in commands}


def fetched(commands: Iterable[AppCommand]) -> Mapping[object, Normal]:
    """`normal` for commands that Discord returned."""
    return normal(map(known_command_body, commands))


def _ids(commands: Iterable[AppCommand]) -> dict[str, int]:
    return {one.name: one.id for one in commands if one.type is discord.AppCommandType.chat_input}


def _same(ours: Mapping[object, Normal], theirs: Mapping[object, Normal], guild: discord.Object | None) -> bool:
    """Whether the registered commands match ours. A field that is None in ours may have any value."""
    return ours.keys() == theirs.keys() and all(
        value == theirs[key][name]
        for key, one in ours.items()
        for name, value in one.items()
        # Discord has no direct message setting for a guild's command.
        if value is not None and not (name == "dm_permission" and guild is not None)
    )


def _normal_command(command: Mapping[str, Any]) -> Normal:
    permissions = command.get("default_member_permissions")
    return {
        "description": command.get("description") or "",
        "nsfw": bool(command.get("nsfw")),
        # None means everybody. The text keeps it apart from None for "leave it to Discord" in `_same`.
        "permissions": "all" if permissions is None else int(permissions),
        "dm_permission": command.get("dm_permission") is not False,
        "contexts": _sorted(command.get("contexts")),
        "integration_types": _sorted(command.get("integration_types")),
        "options": [_normal_option(option) for option in command.get("options") or ()],
    }


def _sorted(numbers: Iterable[int] | None) -> list[int] | None:
    return None if numbers is None else sorted(numbers)


def _normal_option(option: Mapping[str, Any]) -> Normal:
    kept = {
        key: value
        for key, value in option.items()
        if key not in {"options", "choices"} and not key.endswith("_localizations")
        if value is not None and value is not False and value != []
    }
    kept["type"] = int(option["type"])
    kept["choices"] = [(choice["name"], choice["value"]) for choice in option.get("choices") or ()]
    kept["options"] = [_normal_option(inner) for inner in option.get("options") or ()]
    return kept


def _room(taken: Collection[str]) -> int:
    return MOST_COMMANDS - len(taken)


def _commands(
    tree: app_commands.CommandTree[Any], guild: discord.Object | None
) -> list[app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu]:
    kinds = (discord.AppCommandType.chat_input, discord.AppCommandType.message, discord.AppCommandType.user)
    return [command for kind in kinds for command in tree.get_commands(guild=guild, type=kind)]


def _named(scope: int | None) -> str:
    return "global" if scope is None else f"guild {scope}"
