"""Slash commands as discord.py builds them, and as Discord has them registered."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from inspect import Parameter, Signature
from typing import Any, cast

from discord import app_commands
from discord.http import Route

AnyCommand = app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu


def with_options(callback: Callable[..., Coroutine[Any, Any, None]], options: Sequence[Parameter]) -> Any:  # noqa: ANN401
    """Give a command's callback these options. discord.py reads options from the signature."""
    interaction = Parameter("interaction", Parameter.POSITIONAL_OR_KEYWORD)
    cast("Any", callback).__signature__ = Signature([interaction, *options])
    return callback


def command_body(command: AnyCommand, tree: app_commands.CommandTree[Any]) -> Mapping[str, Any]:
    """The JSON of a command as discord.py sends it."""
    return command.to_dict(tree)


async def registered_commands(tree: app_commands.CommandTree[Any], guild_id: int | None) -> Sequence[Mapping[str, Any]]:
    """The registered commands of a guild, or (None) the global ones, as Discord returns them. discord.py does not ask
    for their localizations.
    """
    route = Route("GET", _commands_path(guild_id), application_id=tree.client.application_id, guild_id=guild_id)
    found = await tree.client.http.request(route, params={"with_localizations": "true"})
    return cast("Sequence[Mapping[str, Any]]", found)


async def register_commands(
    tree: app_commands.CommandTree[Any], bodies: Sequence[Mapping[str, Any]], guild_id: int | None
) -> Sequence[Mapping[str, Any]]:
    """Replace the registered commands of a guild, or (None) the global ones. Returns what Discord registered."""
    route = Route("PUT", _commands_path(guild_id), application_id=tree.client.application_id, guild_id=guild_id)
    return cast("Sequence[Mapping[str, Any]]", await tree.client.http.request(route, json=bodies))


def _commands_path(guild_id: int | None) -> str:
    return "/applications/{application_id}" + ("" if guild_id is None else "/guilds/{guild_id}") + "/commands"
