"""A workflow that names a command of its own gets one: its options are the pack's parameters, typed."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Final

import discord
from discord import AppCommandOptionType, app_commands

from bot.discord_internals import with_options
from bot.discord_limits import CHOICE, CHOICES, OPTIONS
from bot.discord_ui.access.jobs import visible_pack
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.commands.options import (
    Option,
    options_of,
    short,
)
from bot.discord_ui.core.replies import tell
from bot.discord_ui.requests.submission import ONLY_YOU, take_order
from bot.workflows import Pack, ParameterType
from bot.workflows.graphs.file_names import folded

_PRIVATE: Final = "private"
"""An option of every command, unless its pack has one of this name or no room for it."""
_GONE: Final = "That workflow is not here any more. `/workflows` lists those that are."
_TYPES: Final[Mapping[ParameterType, AppCommandOptionType]] = {
    "string": AppCommandOptionType.string,
    "integer": AppCommandOptionType.integer,
    "number": AppCommandOptionType.number,
    "boolean": AppCommandOptionType.boolean,
    "image": AppCommandOptionType.attachment,
    "video": AppCommandOptionType.attachment,
    "audio": AppCommandOptionType.attachment,
}


class _Given(app_commands.Transformer["Darkroom"]):
    """One option's type, range and choices, as discord.py wants to be told them."""

    def __init__(self, option: Option) -> None:
        self._option = option

    @property
    def type(self) -> AppCommandOptionType:
        return _TYPES[self._option.type]

    @property
    def min_value(self) -> float | None:
        return self._option.min

    @property
    def max_value(self) -> float | None:
        return self._option.max

    @property
    def choices(self) -> list[app_commands.Choice[str | int | float]] | None:
        return [app_commands.Choice(name=choice, value=choice) for choice in self._option.choices] or None

    async def transform(self, _: discord.Interaction[Darkroom], value: object, /) -> object:
        return value


class _Suggested(_Given):
    """An option whose choices come while the member types."""

    def __init__(self, option: Option, pack_name: str) -> None:
        super().__init__(option)
        self._pack_name = pack_name

    async def autocomplete(
        self, interaction: discord.Interaction[Darkroom], value: str | float, /
    ) -> list[app_commands.Choice[str | int | float]]:
        pack = visible_pack(interaction, self._pack_name)
        parameter = None if pack is None else pack.offered.get(self._option.parameter)
        if pack is None or parameter is None:
            return []
        return suggestions(interaction.client.library.choices(pack, parameter), str(value))


def suggestions(choices: Iterable[str], typed: str) -> list[app_commands.Choice[str | int | float]]:
    """The choices that hold what was typed; longer ones than Discord takes must be typed in full."""
    wanted = folded(typed.strip().casefold())
    found = [
        choice for choice in choices if wanted in folded(choice.casefold()) and choice.strip() and len(choice) <= CHOICE
    ]
    return [app_commands.Choice(name=choice, value=choice) for choice in found[:CHOICES]]


def pack_command(pack: Pack, name: str) -> app_commands.Command[Any, ..., None]:
    """The pack's own command. What it does is looked up when it is used: the pack may have changed since."""
    # discord.py reads a command's options from its callback's signature. Names that may be no Python names go
    # through `rename`.
    keys = {f"option_{number}": option for number, option in enumerate(options_of(pack))}
    hides = len(keys) < OPTIONS and all(option.name != _PRIVATE for option in keys.values())

    async def run(interaction: discord.Interaction[Darkroom], *, private: bool = False, **given: object) -> None:
        now = visible_pack(interaction, pack.name)
        if now is None:
            await tell(interaction, _GONE)
            return
        values = {keys[key].parameter: value for key, value in given.items() if value is not None}
        await take_order(interaction, now, values, private=private)

    run = with_options(
        run,
        [
            *(
                inspect.Parameter(
                    key,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=inspect.Parameter.empty if option.required else None,
                    annotation=_Suggested(option, pack.name) if option.suggests else _Given(option),
                )
                for key, option in keys.items()
            ),
            *([_private_option()] if hides else ()),
        ],
    )
    run = app_commands.rename(**{key: option.name for key, option in keys.items()})(run)
    run = app_commands.describe(**{key: option.description for key, option in keys.items()})(run)
    if hides:
        run = app_commands.describe(private=ONLY_YOU)(run)
    described = short(pack.description) or short(pack.title) or name
    return app_commands.Command(name=name, description=described, callback=run, nsfw=pack.nsfw)


def _private_option() -> inspect.Parameter:
    return inspect.Parameter(_PRIVATE, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=bool)
