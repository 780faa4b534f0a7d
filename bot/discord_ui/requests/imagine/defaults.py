"""A member's own defaults for `/imagine`. They fill in what the command was not given, where the workflow has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import discord

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.requests.chosen_pack import find_pack
from bot.discord_ui.requests.imagine.values import Fitted, fit_values, options_in, takes_style
from bot.discord_ui.requests.runnable import runnable_first
from bot.discord_ui.requests.styles.named_style import style_here
from bot.errors import LedgerAway
from bot.ledger import NO_PREFERENCES, Preferences
from bot.messages import explain_problems, shown_prompt
from bot.translation import N_, _
from bot.workflows import Library, Pack
from bot.workflows.graphs.parameters import check_value
from bot.workflows.library.meanings import parameter_for
from bot.workflows.name_search import matches
from bot.workflows.styles.style import STYLE

FITTED: Final = ("model", "size", "count", "negative")
"""The options that depend on the workflow, the model first: the size depends on it."""
_GONE: Final = N_("Your default {option} “{value}” isn’t available any more, so I didn’t use it.")
_UNFIT: Final = N_("Your default {option} “{value}” doesn’t fit “{title}”, so I didn’t use it.")
_CANNOT_RUN: Final = N_("Your default workflow “{title}” {why}, so I used another one.")
_CHANGE: Final = N_("Change your defaults with `/settings`.")


async def preferences_of(interaction: discord.Interaction[Darkroom]) -> Preferences:
    """What the member has set in this guild. Raises `LedgerAway`."""
    return await interaction.client.ledger.preferences.of(interaction.user.id, interaction.guild_id)


async def known_preferences(interaction: discord.Interaction[Darkroom]) -> Preferences:
    """The same for suggestions, which need no database."""
    try:
        return await preferences_of(interaction)
    except LedgerAway:
        return NO_PREFERENCES


async def own_workflow(
    interaction: discord.Interaction[Darkroom], packs: Sequence[Pack], wanted: str | None
) -> tuple[Pack | None, list[str]]:
    """The member's default workflow if it can run here now, and what to tell them if it can't."""
    if wanted is None:
        return None, []
    pack = find_pack(packs, wanted)
    if pack is None:
        title = interaction.client.library.title_of(wanted)
        return None, [_(_GONE).format(option="`workflow`", value=shown_prompt(title, 60))]
    ((_pack, obstacle),) = await runnable_first(interaction, [pack])
    if obstacle is not None:
        return None, [_(_CANNOT_RUN).format(title=shown_prompt(pack.title, 80), why=obstacle)]
    return pack, []


def fit_with_defaults(
    pack: Pack, given: Mapping[str, object], preferences: Preferences, library: Library, packs: Sequence[Pack]
) -> tuple[Fitted, dict[str, object], list[str]]:
    """What was given, fitted to the pack; the values of the defaults beside it; and what to tell the member about
    defaults that can't be used. One that the pack has no option for is no reason to say anything. Pure.

    `packs` are all that the member may use: a model that only another one has is not gone.
    """
    used: dict[str, object] = {}
    notes: list[str] = []
    for option in FITTED:
        wanted = getattr(preferences, option)
        if wanted is None or option in given or option not in options_in(pack):
            continue
        value = within(pack, wanted) if option == "count" else wanted
        beside = {name: one for name, one in {**used, **given}.items() if name == "model"}
        if problem_with(pack, option, value, library, beside) is None:
            used[option] = value
        elif option != "model":
            notes.append(
                _(_UNFIT).format(option=f"`{option}`", value=_shown(value), title=shown_prompt(pack.title, 80))
            )
        elif not _is_somewhere(str(value), packs, library):
            notes.append(_(_GONE).format(option=f"`{option}`", value=_shown(value)))
    fitted, explicit = fit_values(pack, {**used, **given}, library), fit_values(pack, given, library).values
    defaults = {name: fitted.values.pop(name) for name in [*fitted.values] if name not in explicit}
    if preferences.style is not None and takes_style(pack):
        defaults[STYLE] = preferences.style
    return fitted, defaults, notes


async def drop_missing_style(interaction: discord.Interaction[Darkroom], defaults: dict[str, object]) -> list[str]:
    """Take a style that is not available any more out of the defaults, and say so. Raises `LedgerAway`."""
    if STYLE not in defaults or not isinstance(await style_here(interaction, str(defaults[STYLE])), str):
        return []
    return [_(_GONE).format(option="`style`", value=_shown(defaults.pop(STYLE)))]


def problem_with(
    pack: Pack, option: str, value: object, library: Library, beside: Mapping[str, object] | None = None
) -> str | None:
    """Why the pack can't take this value of an option that it has; None if it can. Pure."""
    base = {"prompt": "", **(beside or {})}
    fitted = fit_values(pack, {**base, option: value}, library)
    if fitted.refusals:
        return "\n".join(fitted.refusals)
    own = fitted.values.keys() - fit_values(pack, base, library).values.keys()
    checked = [check_value(pack.parameters[name], fitted.values[name]) for name in fitted.values if name in own]
    problems = tuple(problem for problem in checked if problem is not None)
    return explain_problems(problems, pack) if problems else None


def within(pack: Pack, count: int) -> int:
    """The number of images that is nearest to this one and that the workflow can generate at once."""
    parameter = parameter_for(pack, "count")
    if parameter is None:
        return count
    return int(max(parameter.min or count, min(count, parameter.max or count)))


def notes_text(notes: Sequence[str]) -> str:
    """The notes, with what to do about them."""
    return "\n".join([*notes, _(_CHANGE)])


def _is_somewhere(model: str, packs: Sequence[Pack], library: Library) -> bool:
    found = ((pack, parameter_for(pack, "model")) for pack in packs)
    return any(parameter is not None and matches(library.choices(pack, parameter), model) for pack, parameter in found)


def _shown(value: object) -> str:
    return shown_prompt(str(value), 60)
