"""From what a member gave to what the workflow gets, for every request: commands, buttons and forms.

A job stores both: `Job.values` is what is drawn, `Job.request` is what to give again for another image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import discord

from bot.discord_ui.bot import Darkroom
from bot.workflows import Pack

STYLE: Final = "style"
"""The key of a style's name among the values of parameters."""
NO_DEFAULTS: Final[Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Resolved:
    """The `values` for the workflow's parameters. `given` is what they come from; None if that is the same."""

    values: dict[str, object]
    given: dict[str, object] | None = None


async def resolve(
    interaction: discord.Interaction[Darkroom],  # noqa: ARG001 - styles belong to the interaction's guild
    pack: Pack,  # noqa: ARG001 - a prompt may set the pack's parameters
    values: Mapping[str, object],
    defaults: Mapping[str, object],
) -> Resolved | str:
    """The values that the workflow gets, or what to tell the member about those that cannot be used.

    `defaults` are the member's own, by parameter. They come last: they fill in what neither the member nor the prompt
    nor a style has set. A style among them counts as chosen if the member chose none.
    """
    filled = {name: value for name, value in defaults.items() if name != STYLE}
    return Resolved({**filled, **values})
