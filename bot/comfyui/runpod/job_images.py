"""The images of finished jobs: in the answer itself, or by address. RunPod keeps them for 30 minutes."""

import asyncio
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from bot.comfyui.runpod.addressed_images import download, is_loopback
from bot.comfyui.runpod.answers import Image, read_images
from bot.comfyui.runpod.job_routes import JobRoutes
from bot.errors import Lost, Oversized, Refused, Untraceable
from bot.workflows import OutputFile

_PLAIN_ALPHABET: Final = str.maketrans("-_", "+/")
_MOST_KEPT: Final = 2
"""Answers, of up to 32 MB each: those of jobs that ended a moment ago."""


class JobImages:
    """Hands over images. An answer is kept until each of its images was fetched, and asked for again if it is not."""

    def __init__(self, routes: JobRoutes) -> None:
        self._routes = routes
        self._kept: OrderedDict[str, dict[int, Image]] = OrderedDict()
        # Only where the endpoint itself is on this machine, as in tests.
        self._loopback = is_loopback(urlsplit(routes.address.http).hostname or "")

    def keep(self, theirs: str, told: Mapping[str, Any]) -> None:
        """The job is over, and these are its images."""
        if images := dict(enumerate(read_images(told))):
            self._kept[theirs] = images
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

    async def fetch_into(self, file: OutputFile, most: int, take: Callable[[bytes], Awaitable[None]]) -> None:
        """Pass the bytes of one file to `take`. Raises `Lost`, `Oversized`, `Refused` or `Unreachable`."""
        theirs, _, index = file.subfolder.partition("/")
        if not index.isdecimal():
            raise Lost(file.filename)
        image = await self._image(theirs, int(index))
        if image is None or image.filename != file.filename:
            raise Lost(file.filename)
        if image.by_address:
            await download(image.data, file.filename, most, take, loopback=self._loopback)
        else:
            content = await asyncio.to_thread(decoded, image, most)
            await take(content)
        if (kept := self._kept.get(theirs)) is not None:
            kept.pop(int(index), None)
            if not kept:
                del self._kept[theirs]

    async def _image(self, theirs: str, index: int) -> Image | None:
        if (kept := self._kept.get(theirs)) is not None and index in kept:
            return kept[index]
        try:
            told = await self._routes.status(theirs)
        except Untraceable:
            return None
        return dict(enumerate(read_images(told))).get(index)


def decoded(image: Image, most: int) -> bytes:
    """The content. Raises `Oversized` or `Refused`."""
    text = image.data.partition(",")[2] if image.data.startswith("data:") else image.data
    if (size := len(text) * 3 // 4) > most + 2:
        raise Oversized(image.filename, size)
    # Line breaks, the alphabet for addresses and a missing end are all in use; anything else is no image.
    text = "".join(text.split()).translate(_PLAIN_ALPHABET).rstrip("=")
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError as fault:
        raise Refused("/view", 0, f"{image.filename} is not base64") from fault
