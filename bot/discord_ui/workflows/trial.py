"""Runs a workflow or a draft once, with values for which an administrator types nothing."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import discord

from bot import pictures
from bot.discord_ui.access.acts import entry_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.requests.submission import submit_job
from bot.discord_ui.workflows.sample_sound import sample_sound
from bot.ledger import Act
from bot.translation import N_, _, in_quotes
from bot.workflows import Pack, Parameter, ParameterType

_PROMPT: Final = N_("a lighthouse at dusk")
"""Used for a text that the workflow leaves empty."""


_SAMPLES: Final[Mapping[ParameterType, Callable[[], bytes]]] = {
    "image": pictures.sample,
    "video": pictures.sample_video,
    "audio": sample_sound,
}


async def try_out(interaction: discord.Interaction[Darkroom], pack: Pack) -> None:
    """Run it in this channel."""
    if interaction.guild_id is None:
        return
    entry = await entry_of(interaction, interaction.guild_id, Act.WORKFLOW_TRIED, partial(in_quotes, pack.title))
    await submit_job(interaction, pack, await _values(interaction.client, pack), entry=entry)


async def _values(bot: Darkroom, pack: Pack) -> dict[str, object]:
    """The workflow's own values for its required options, and a sample for an image, a video or a sound."""
    values: dict[str, object] = {}
    for name, parameter in pack.offered.items():
        if not parameter.required or parameter.default is not None:
            continue
        if (sample := _SAMPLES.get(parameter.type)) is not None:
            values[name] = await bot.ledger.shelf.keep_file(await asyncio.to_thread(sample))
        else:
            values[name] = _own(pack, parameter)
    return values


def _own(pack: Pack, parameter: Parameter) -> object:
    """The value that the graph has at the parameter's target; for an empty text, a choice or a sample prompt."""
    target = parameter.targets[0]
    own = pack.graph[target.node_id]["inputs"][target.input_name]
    if parameter.type != "string":
        return own
    if isinstance(own, str) and own.strip():
        return own
    return parameter.choices[0] if parameter.choices else _(_PROMPT)
