"""Values with which a workflow can be tried without asking anybody for any."""

from __future__ import annotations

import asyncio
from typing import Final

from bot import pictures
from bot.discord_ui.bot import Darkroom
from bot.workflows import Pack, Parameter

_WORDS: Final = "a lighthouse at dusk"


async def default_values(bot: Darkroom, pack: Pack) -> dict[str, object]:
    """What must be given, as the workflow has it now; for a picture a made-up one."""
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
    """What the graph holds where the parameter goes, or the next best thing."""
    target = parameter.targets[0]
    own = pack.graph[target.node_id]["inputs"][target.input_name]
    if parameter.type != "string":
        return own
    if isinstance(own, str) and own.strip():
        return own
    return parameter.choices[0] if parameter.choices else _WORDS
