"""A job's pictures, from the ledger's shelf to the server that runs the job."""

from __future__ import annotations

from collections.abc import Mapping

from bot.comfyui import ComfyUI
from bot.errors import PictureRefused
from bot.ledger import Shelf
from bot.workflows import Pack


async def upload_pictures(
    server: ComfyUI, shelf: Shelf, pack: Pack, values: Mapping[str, object]
) -> Mapping[str, object]:
    """The values with each picture's id on the shelf replaced by its name on the server.

    The name is made from the picture's own bytes: no other has it, and a picture that is sent again lands where it is.
    Raises `PictureRefused` (gone) or `Unreachable`.
    """
    named = dict(values)
    for name, parameter in pack.offered.items():
        file_id = values.get(name)
        if parameter.type != "image" or not isinstance(file_id, str):
            continue
        content = await shelf.file(file_id)
        if content is None:
            raise PictureRefused("gone")
        named[name] = await server.upload(content, f"darkroom-{file_id[:32]}.png")
    return named
