"""What one feature brings to the bot, in one value. The bot itself knows none of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from discord import app_commands

from bot.workflows import Pack

Command = app_commands.Command[Any, ..., None]
Handler = Callable[..., Awaitable[None]]
"""Answers a button, a select or a form. Takes the interaction and the fields of its custom_id, in their order."""


class Service:
    """What a feature keeps going beside its answers. `run` goes on for ever where there is anything to do."""

    async def run(self) -> None:
        """Work until the process ends."""

    async def close(self) -> None:
        """Leave nothing behind."""


@dataclass(frozen=True, slots=True, eq=False)
class Feature:
    """Commands and menus come as functions, since discord.py takes a while to read each. `handlers` are by the template
    of their custom_id: in `darkroom:again:{job_id}` the field is handed to the handler. `services` are made from the
    client. `pack_command` makes the command that a workflow names for itself.
    """

    commands: tuple[Callable[[], Command | app_commands.Group], ...] = ()
    menus: tuple[Callable[[], app_commands.ContextMenu], ...] = ()
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    services: tuple[Callable[[Any], Service], ...] = ()
    pack_command: Callable[[Pack, str], Command] | None = None
