"""Reading a body that somebody else sends: never more of it than was asked for, whatever its headers say."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from bot.comfyui.protocol.blame import Blame, blame, seconds_to_wait
from bot.errors import Busy, ComfyError, LockedOut, Oversized, Refused

_DRIP_SECONDS: Final = 20.0
_LEAST_PER_SECOND: Final = 2048
"""Bytes. The slowest line that anybody would put an image server behind has more."""
_LARGE: Final = 2**18
"""Bytes of JSON that take more than a moment to read."""
_BEGINNING: Final = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, whole."""

    route: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    async def told(self) -> dict[str, Any]:
        """The JSON object that it holds. Raises `Refused` where it holds none."""
        large = len(self.body) > _LARGE
        try:
            told = await asyncio.to_thread(json.loads, self.body) if large else json.loads(self.body)
        except (ValueError, RecursionError) as fault:
            raise self.nonsense() from fault
        if not isinstance(told, dict):
            raise self.nonsense()
        return told

    def nonsense(self) -> Refused:
        """What to raise where it cannot be understood."""
        return Refused(self.route, 0, self.beginning)

    def complaint(self, url: str) -> ComfyError:
        """What to raise where the server at `url` answers something else than it was asked for."""
        match blame(self.route, self.status, self.retry_after):
            case Blame.PASSING:
                return Busy(url, self.route, self.status, self.retry_after or 0.0)
            case Blame.DOOR:
                return LockedOut(url, self.status)
            case Blame.SERVER | Blame.JOB:
                return Refused(self.route, self.status, self.leads_to or self.beginning)

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server wants to be left alone for, where it says so."""
        return seconds_to_wait(self.headers.get("Retry-After"))

    @property
    def leads_to(self) -> str | None:
        """Where it redirects to. Nobody follows it: it may be an address that only this machine reaches."""
        address = self.headers.get("Location")
        return None if address is None else f"it redirects to {address[:_BEGINNING]}"

    @property
    def beginning(self) -> str:
        """The first words of its body, or a page's title, in one line: for the log."""
        text = self.body[:_BEGINNING].decode("utf-8", "replace")
        title = re.search(r"<title>([^<]+)", text, re.IGNORECASE)
        return " ".join((text if title is None else title[1]).split())


def route_of(path: str) -> str:
    """The route of a path, without what it is about: `/history/1576…` is `/history`."""
    first, _, rest = path.partition("?")[0].removeprefix("/").partition("/")
    return f"/{first}/{rest}" if first in {"upload", "api"} else f"/{first}"


async def read_into(
    response: aiohttp.ClientResponse, most: int, name: str, take: Callable[[bytes], Awaitable[None]]
) -> None:
    """Hand a body to `take` piece by piece, as it arrives; no more is read meanwhile. Bytes are counted after they are
    unpacked.

    Raises `Oversized` (for `name`) as soon as there are more than `most`, `TimeoutError` where it drips, and what
    aiohttp raises.
    """
    if (announced := response.content_length or 0) > most:
        raise Oversized(name, announced)
    size, clock = 0, asyncio.get_running_loop().time
    began_at = clock()
    async for piece in response.content.iter_any():
        size += len(piece)
        if (taken := clock() - began_at) > _DRIP_SECONDS and size < taken * _LEAST_PER_SECOND:
            response.close()
            raise TimeoutError(f"{size} bytes in {taken:.0f} s")
        if size > most:
            # What is still on its way is not wanted: without this aiohttp might read it to keep the connection.
            response.close()
            raise Oversized(name, size)
        await take(piece)


async def read_whole(response: aiohttp.ClientResponse, most: int, name: str) -> bytes:
    """A body in memory. Raises as `read_into`."""
    whole = bytearray()

    async def take(piece: bytes) -> None:
        whole.extend(piece)

    await read_into(response, most, name, take)
    return bytes(whole)
