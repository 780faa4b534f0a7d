"""A slash command for each workflow whose manifest names one. Its options are the pack's parameters."""

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
from bot.discord_ui.requests.imagine.defaults import preferences_of
from bot.discord_ui.requests.imagine.values import with_found_choices
from bot.discord_ui.requests.submission import PRIVATE_DESCRIPTION, submit_job
from bot.translation import _
from bot.workflows import Pack, ParameterType
from bot.workflows.graphs.file_names import folded

_PRIVATE: Final = "private"
"""Every command has this option, unless its pack has a parameter of that name or uses all of Discord's 25 options."""
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
    """One option's type, range and choices, in the form that discord.py reads."""

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

    async def transform(self, _unused: discord.Interaction[Darkroom], value: object, /) -> object:
        return value


class _Suggested(_Given):
    """An option whose choices are suggested while the member types."""

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
    """The choices that contain what was typed. Discord cannot show long ones: members have to type those in full."""
    wanted = folded(typed.strip().casefold())
    found = [
        choice for choice in choices if wanted in folded(choice.casefold()) and choice.strip() and len(choice) <= CHOICE
    ]
    return [app_commands.Choice(name=choice, value=choice) for choice in found[:CHOICES]]


def pack_command(pack: Pack, name: str) -> app_commands.Command[Any, ..., None]:
    """The pack's own command. Each use looks the pack up again, since it may have changed in the meantime."""
    # discord.py reads a command's options from its callback's signature. An option's name may not be a valid Python
    # name, so `rename` sets it.
    keys = {f"option_{number}": option for number, option in enumerate(options_of(pack))}
    has_private = len(keys) < OPTIONS and all(option.name != _PRIVATE for option in keys.values())

    async def run(interaction: discord.Interaction[Darkroom], *, private: bool | None = None, **given: object) -> None:
        now = visible_pack(interaction, pack.name)
        if now is None:
            await tell(interaction, _("That workflow isn’t available any more. Pick another with `/workflows`."))
            return
        typed = {keys[key].parameter: value for key, value in given.items() if value is not None}
        values = with_found_choices(now, typed, interaction.client.library)
        if private is None and has_private:
            private = (await preferences_of(interaction)).private
        await submit_job(interaction, now, values, private=bool(private))

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
            *([_private_option()] if has_private else ()),
        ],
    )
    run = app_commands.rename(**{key: option.name for key, option in keys.items()})(run)
    run = app_commands.describe(**{key: option.description for key, option in keys.items()})(run)
    if has_private:
        run = app_commands.describe(private=PRIVATE_DESCRIPTION)(run)
    described = short(pack.description) or short(pack.title) or name
    return app_commands.Command(name=name, description=described, callback=run, nsfw=pack.nsfw)


def _private_option() -> inspect.Parameter:
    return inspect.Parameter(_PRIVATE, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=bool | None)
