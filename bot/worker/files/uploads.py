"""Uploads a job's input images from the ledger to the server that runs the job."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

from bot.comfyui import Server, three_times
from bot.errors import PictureRefused
from bot.ledger import Shelf
from bot.operating_system.open_files import as_files_allow
from bot.pictures.containers import HEAD, container_of
from bot.spool import Box, Content, opened
from bot.workflows import Pack


async def upload_files(
    server: Server,
    shelf: Shelf,
    pack: Pack,
    values: Mapping[str, object],
    box: Box,
    waiting: Callable[[], None],
) -> Mapping[str, object]:
    """Replace the ledger's id of each input file by the file's name on the server.

    The name is made from the file's own bytes, so it is unique, and uploading a file again reuses the same one.
    ComfyUI's own page sends videos and sounds to `/upload/image` as well.
    `waiting` is called if the server makes the upload wait. Raises `PictureRefused` (gone), `SpoolFailed`, `Refused` or
    `Unreachable`.
    """
    named = dict(values)
    for name, parameter in pack.offered.items():
        file_id = values.get(name)
        if not parameter.takes_file or not isinstance(file_id, str):
            continue
        content = await _taken(shelf, file_id, box)
        suffix = await asyncio.to_thread(_suffix, content)
        upload = partial(_upload, server, content, f"darkroom-{file_id[:32]}{suffix}")
        named[name] = await three_times(server, "/upload/image", upload, waiting)
    return named


async def _upload(server: Server, content: Content, filename: str) -> str:
    with await as_files_allow(partial(asyncio.to_thread, opened, content)) as file:
        return await server.upload(file, filename)


def _suffix(content: Content) -> str:
    """The ending by what the file is: an image was written again as PNG when it came in."""
    with opened(content) as file:
        container = container_of(file.read(HEAD))
    return ".png" if container is None else container.suffix


async def _taken(shelf: Shelf, file_id: str, box: Box) -> Content:
    """The image in the job's box: an upload may take minutes, and a large image must not stay in memory that long."""
    async with box.spool.heavy:
        content = await shelf.file(file_id)
        if content is None:
            raise PictureRefused("gone")
        return await box.put(content)
