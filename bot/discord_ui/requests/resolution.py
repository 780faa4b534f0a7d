"""From what a member gave to what the workflow gets, for every request: commands, buttons and forms.

A job stores both: `Job.values` is what is drawn, `Job.request` is what to give again for another image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import discord

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.requests.styles.named_style import with_style
from bot.workflows import Pack
from bot.workflows.styles.style import STYLE


@dataclass(frozen=True, slots=True)
class Resolved:
    """The `values` for the workflow's parameters. `given` is what they come from; None if that is the same."""

    values: dict[str, object]
    given: dict[str, object] | None = None


async def resolve(
    interaction: discord.Interaction[Darkroom], pack: Pack, values: Mapping[str, object]
) -> Resolved | str:
    """The values that the workflow gets, or what to tell the member about those that cannot be used."""
    found = await with_style(interaction, pack, values)
    if isinstance(found, str):
        return found
    filled, style = found
    return Resolved(filled, None if style is None else {**values, STYLE: style})
