"""The style that `/imagine` will use, and the workflow that this style asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import discord

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.requests.chosen_pack import find_pack
from bot.discord_ui.requests.imagine.values import OPTION_ORDER, options_in, takes_style
from bot.discord_ui.requests.prompt_syntax import style_in_prompt
from bot.discord_ui.requests.runnable import runnable_first
from bot.discord_ui.requests.styles.named_style import names_here, style_here
from bot.workflows import Pack, picture_of
from bot.workflows.prompts.trailing_options import peel_options
from bot.workflows.styles.style import STYLE, Style, means_no_style


async def implied_style(interaction: discord.Interaction[Darkroom], prompt: str, default: str | None) -> Style | None:
    """The style that a prompt names in an option, else the member's default, if there is such a style."""
    named = style_in_prompt(prompt, await names_here(interaction)) if STYLE in prompt.casefold() else None
    wanted = named or default
    found = None if wanted is None or means_no_style(wanted) else await style_here(interaction, wanted)
    return None if isinstance(found, str) else found


async def pack_of_style(
    interaction: discord.Interaction[Darkroom],
    packs: Sequence[Pack],
    style: Style,
    given: Mapping[str, object],
    *,
    with_image: bool,
) -> Pack | None:
    """The workflow that a style names, if it can run here now and has an option for everything that is given."""
    pack = None if style.workflow is None else find_pack(packs, style.workflow)
    if pack is None or not takes_style(pack) or (with_image and picture_of(pack) is None):
        return None
    wanted = {*given, *(flag.option for flag in peel_options(str(given["prompt"])).counting)}
    if not wanted.intersection(OPTION_ORDER) <= {*options_in(pack)}:
        return None
    ((_pack, obstacle),) = await runnable_first(interaction, [pack])
    return pack if obstacle is None else None
