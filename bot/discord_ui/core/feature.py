"""The type that describes one feature. The bot receives features as values and imports none of them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import discord
from discord import app_commands

from bot.workflows import Pack

Command = app_commands.Command[Any, ..., None]
Handler = Callable[..., Awaitable[None]]
"""Answers a button, a select or a form. Takes the interaction and the fields of its custom_id, in order."""


class Service:
    """Background work of a feature. `run` lasts until the process ends if there is work to do."""

    async def run(self) -> None:
        """Work until the process ends."""

    async def close(self) -> None:
        """Stop the tasks that are still running."""


@dataclass(frozen=True, slots=True, eq=False)
class Feature:
    """One feature. `commands` and `menus` are functions because discord.py takes a while to build each one. `handlers`
    maps templates of custom_ids to handlers: the field in `darkroom:again:{job_id}` is passed to the handler.
    `services` are built from the client. `pack_command` builds the slash command of a workflow. `anywhere` names those
    commands and templates that only show, end or delete what is the member's own: they work even where the bot takes
    no requests. `farewells` say what a reply shows once the process that kept it up to date has died.
    """

    commands: tuple[Callable[[], Command | app_commands.Group], ...] = ()
    menus: tuple[Callable[[], app_commands.ContextMenu], ...] = ()
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    services: tuple[Callable[[Any], Service], ...] = ()
    pack_command: Callable[[Pack, str], Command] | None = None
    anywhere: frozenset[str] = frozenset()
    farewells: tuple[Callable[[discord.Message], str | None], ...] = ()
