"""Values with which an administrator can test a workflow without typing any."""

import asyncio
from typing import Final

from bot import pictures
from bot.discord_ui.bot import Darkroom
from bot.translation import N_, _
from bot.workflows import Pack, Parameter

_PROMPT: Final = N_("a lighthouse at dusk")
"""Used for a text that the workflow leaves empty."""


async def default_values(bot: Darkroom, pack: Pack) -> dict[str, object]:
    """The workflow's own values for its required options, and a sample image for an image option."""
    values: dict[str, object] = {}
    for name, parameter in pack.offered.items():
        if not parameter.required or parameter.default is not None:
            continue
        if parameter.type == "image":
            values[name] = await bot.ledger.shelf.keep_file(await asyncio.to_thread(pictures.sample))
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
