"""A job's pictures, from the ledger's shelf to the server that runs the job."""

from __future__ import annotations

from collections.abc import Mapping

from bot.comfyui import ComfyUI
from bot.errors import PictureRefused
from bot.ledger import Shelf
from bot.spool import Box, Content, opened
from bot.workflows import Pack


async def upload_pictures(
    server: ComfyUI, shelf: Shelf, pack: Pack, values: Mapping[str, object], box: Box
) -> Mapping[str, object]:
    """The values with each picture's id on the shelf replaced by its name on the server.

    The name is made from the picture's own bytes: no other has it, and a picture that is sent again lands where it is.
    Raises `PictureRefused` (gone), `SpoolFailed` or `Unreachable`.
    """
    named = dict(values)
    for name, parameter in pack.offered.items():
        file_id = values.get(name)
        if parameter.type != "image" or not isinstance(file_id, str):
            continue
        with opened(await _taken(shelf, file_id, box)) as file:
            named[name] = await server.upload(file, f"darkroom-{file_id[:32]}.png")
    return named


async def _taken(shelf: Shelf, file_id: str, box: Box) -> Content:
    """The picture in the job's box: a server may take minutes for it, and a large one is not in memory meanwhile."""
    async with box.spool.heavy:
        content = await shelf.file(file_id)
        if content is None:
            raise PictureRefused("gone")
        return await box.put(content)
