"""Read response bodies from servers that may be broken: never more bytes than allowed, whatever the headers say."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from bot.addresses import ServerAddress, masked
from bot.comfyui.protocol.blame import HEALTH, Blame, blame, seconds_to_wait
from bot.errors import Busy, ComfyError, LockedOut, Oversized, Refused

_SLOW_START_SECONDS: Final = 20.0
_SLOWEST_PER_SECOND: Final = 2048
"""Bytes. The slowest connection anybody would put behind an image server is faster than this."""
_PARSED_IN_THREAD: Final = 2**18
"""Bytes. Parsing more JSON than this would block the event loop for too long."""
_QUOTED: Final = 300
_NOT_LET_THROUGH: Final = "what is in front of the server lets the bot in, but not to this route"
_ADVICE: Final = {
    401: _NOT_LET_THROUGH,
    403: _NOT_LET_THROUGH,
    413: "what is in front of the server has a limit for large bodies; nginx: client_max_body_size 100m",
}
"""For the log, about a route that is refused while others are not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer: status, headers and body."""

    route: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    async def json_object(self) -> dict[str, Any]:
        """The JSON object in the body. Raises `Refused` if the body holds anything else."""
        large = len(self.body) > _PARSED_IN_THREAD
        try:
            told = await asyncio.to_thread(json.loads, self.body) if large else json.loads(self.body)
        except (ValueError, RecursionError) as fault:
            raise self.unreadable() from fault
        if not isinstance(told, dict):
            raise self.unreadable()
        return told

    def unreadable(self) -> Refused:
        """The error to raise for an answer that makes no sense."""
        return Refused(self.route, 0, self.beginning)

    def complaint(self, address: ServerAddress) -> ComfyError:
        """The error for an unexpected answer of the server at this address."""
        match blame(self.route, self.status, self.retry_after):
            case Blame.PAUSE:
                return Busy(address, self.route, self.status, self.retry_after or 0.0)
            case Blame.ACCESS:
                return LockedOut(address, self.status, knocked=bool(address.secrets))
            case Blame.SERVER | Blame.JOB:
                told = self.leads_to or self.beginning
                if self.status in _ADVICE and self.route != HEALTH:
                    told = f"{told} ({_ADVICE[self.status]})".lstrip()
                return Refused(self.route, self.status, told)

    @property
    def retry_after(self) -> float | None:
        """How many seconds the server asks us to wait before the next request; None if it does not say."""
        return seconds_to_wait(self.headers.get("Retry-After"))

    @property
    def leads_to(self) -> str | None:
        """Where it redirects to, for the log. Never followed: the target may be reachable only from here."""
        address = self.headers.get("Location")
        return None if address is None else f"it redirects to {masked(address[:_QUOTED])}"

    @property
    def beginning(self) -> str:
        """The page's title, or the first words of the body, on a single line for the log."""
        text = self.body[:_QUOTED].decode("utf-8", "replace")
        title = re.search(r"<title>([^<]+)", text, re.IGNORECASE)
        return " ".join((text if title is None else title[1]).split())


def route_of(path: str) -> str:
    """The route without the id in it: `/history/1576…` becomes `/history`."""
    first, _, rest = path.partition("?")[0].removeprefix("/").partition("/")
    return f"/{first}/{rest}" if first in {"upload", "api"} else f"/{first}"


async def read_into(
    response: aiohttp.ClientResponse, most: int, name: str, take: Callable[[bytes], Awaitable[None]]
) -> None:
    """Pass a body to `take` piece by piece; the next piece is read when `take` is done. Sizes count decompressed bytes.

    Raises `Oversized` (for `name`) as soon as more than `most` bytes arrived, `TimeoutError` if the body only trickles
    in, and aiohttp's errors.
    """
    if (announced := response.content_length or 0) > most:
        raise Oversized(name, announced)
    size, clock = 0, asyncio.get_running_loop().time
    began_at = clock()
    async for piece in response.content.iter_any():
        size += len(piece)
        if (taken := clock() - began_at) > _SLOW_START_SECONDS and size < taken * _SLOWEST_PER_SECOND:
            response.close()
            raise TimeoutError(f"{size} bytes in {taken:.0f} s")
        if size > most:
            # Close at once. Otherwise aiohttp may read the rest in order to reuse the connection.
            response.close()
            raise Oversized(name, size)
        await take(piece)


async def read_whole(response: aiohttp.ClientResponse, most: int, name: str) -> bytes:
    """The whole body in memory. Raises the same errors as `read_into`."""
    whole = bytearray()

    async def take(piece: bytes) -> None:
        whole.extend(piece)

    await read_into(response, most, name, take)
    return bytes(whole)
