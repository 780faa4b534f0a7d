"""Requests to one server of any kind, each with a deadline and a largest answer, and every fault as one of our errors.

`step` names what a request is for, in ComfyUI's words whatever the kind of server: `/queue` (is it there?), `/prompt`,
`/history`, `/view` and `/upload/image`. `blame` decides by it who is at fault, and messages tell by it what failed.
"""

import contextlib
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from typing import Final

import aiohttp

from bot.addresses import ServerAddress
from bot.comfyui.http.bodies import Answer, read_into, read_whole, route_of
from bot.comfyui.http.transport import Room, Transport, reason_of
from bot.errors import LockedOut, Lost, Oversized, Refused, Unreachable
from bot.workflows import kind_of

ANSWER_SECONDS: Final = 15.0
"""Right after a job ComfyUI can hang for a moment (garbage collection), and for longer while it loads a model."""

TRANSFER_SECONDS: Final = 120.0
"""For uploading or downloading a file."""

_LISTING_SECONDS: Final = 30.0
"""Until a server begins to list what it has: it may first look through folders of models on a network drive."""
_MOST_LISTED: Final = 128 * 2**20
"""Bytes. With hundreds of custom nodes, `/object_info` takes tens of megabytes."""

MOST_ANSWER: Final = 32 * 2**20
"""Bytes. `/queue` contains the graph of every waiting prompt."""
UNCOMPRESSED: Final = {"Accept-Encoding": "identity"}
"""Asks for no compression: images are compressed already."""
_WEB_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
"""A proxy's login or error page may come with status 200."""
_WORDS: Final = frozenset({"text/plain", "application/json", "application/problem+json"})
"""So may its error in words."""
_MEDIA: Final = frozenset({"image", "video", "audio"})
HTTP_OK, _HTTP_UNAUTHORIZED, _HTTP_FORBIDDEN, _HTTP_NOT_FOUND = 200, 401, 403, 404


class Requests:
    """Sends requests to the server at `address`, with its login. Its owner closes the `session`."""

    def __init__(
        self, address: ServerAddress, session: aiohttp.ClientSession, room: Room, crowded: Callable[[], None]
    ) -> None:
        self.address = address
        self.url = str(address)
        self.transport = Transport(address, session, room, crowded)

    async def ask(  # noqa: PLR0913 - each kind of server needs other ones
        self,
        method: str,
        path: str,
        *,
        step: str | None = None,
        json_body: object = None,
        form: Callable[[], aiohttp.FormData] | None = None,
        seconds: float = ANSWER_SECONDS,
        first_seconds: float | None = None,
        fine: Collection[int] | None = (HTTP_OK,),
        most: int = MOST_ANSWER,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request. Returns its answer of at most `most` bytes, if the status is in `fine` (None: any status).
        It must begin within `first_seconds` (default: `seconds`) and be complete `seconds` later. A large `json_body`
        comes as bytes, written by a thread.

        Raises `Refused`, `Busy` or `LockedOut` (chosen by `blame`), or `Unreachable` if there is no answer.
        """
        typed = {"Content-Type": "application/json"} if json_body is not None else {}

        def sent() -> object:
            if form is not None:
                return form()
            if isinstance(json_body, bytes):
                return io.BytesIO(json_body)
            return json.dumps(json_body) if json_body is not None else None

        step = step or route_of(path)
        try:
            async with self.transport.answered(
                method,
                path,
                seconds,
                first_seconds,
                transfer=form is not None,
                body=sent,
                headers={**typed, **(headers or {})},
            ) as response:
                body = await read_whole(response, most, step)
                answer = Answer(step, response.status, response.headers, body)
        except Oversized as fault:
            raise Refused(step, 0, f"more than {most} bytes") from fault
        except aiohttp.ClientConnectorError as fault:
            raise Unreachable(self.url, reason_of(fault), unsent=True) from fault
        except aiohttp.ClientPayloadError as fault:
            raise Refused(step, 0, reason_of(fault)) from fault
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise Unreachable(self.url, reason_of(fault)) from fault
        if fine is not None and answer.status not in fine:
            raise answer.complaint(self.address)
        return answer

    async def listing(self, path: str) -> Answer:
        """GET everything that the server has. Over a slow line that takes as long as a file. Raises like `ask`."""
        return await self.ask("GET", path, seconds=TRANSFER_SECONDS, first_seconds=_LISTING_SECONDS, most=_MOST_LISTED)

    async def download(
        self,
        path: str,
        filename: str,
        most: int,
        take: Callable[[bytes], Awaitable[None]],
        params: Mapping[str, str] | None = None,
    ) -> None:
        """Pass the bytes of one file to `take` as they arrive.

        Raises `Lost` if it is gone, `Oversized` if it has more than `most` bytes, `Refused` or `Unreachable`.
        """
        try:
            async with self.transport.answered(
                "GET", path, TRANSFER_SECONDS, ANSWER_SECONDS, transfer=True, params=params, headers=UNCOMPRESSED
            ) as response:
                await self.take_file(response, filename, most, take)
        except aiohttp.ClientPayloadError as fault:
            raise Refused("/view", 0, reason_of(fault)) from fault
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise Unreachable(self.url, reason_of(fault)) from fault

    async def take_file(
        self,
        response: aiohttp.ClientResponse,
        filename: str,
        most: int,
        take: Callable[[bytes], Awaitable[None]],
    ) -> None:
        """Pass a file's bytes from this response to `take`. Raises like `download`, and aiohttp's errors."""
        if response.status == _HTTP_NOT_FOUND:
            raise Lost(filename)
        if response.status != HTTP_OK:
            raise Answer("/view", response.status, response.headers, b"").complaint(self.address)
        kind = kind_of(filename)
        page = response.content_type in _WEB_PAGES and kind not in {"file", "text"}
        if page or (response.content_type in _WORDS and kind in _MEDIA):
            raise Refused("/view", 0, f"{response.content_type} instead of {filename}")
        await read_into(response, most, filename, take)

    @contextlib.asynccontextmanager
    async def blaming_the_server(self) -> AsyncIterator[None]:
        """For requests about the server itself, not about a job: any other answer is the server's own fault."""
        try:
            yield
        except Refused as fault:
            if fault.status in {_HTTP_UNAUTHORIZED, _HTTP_FORBIDDEN}:
                # A proxy may lock single routes only.
                raise LockedOut(self.url, fault.status, knocked=bool(self.address.secrets), only=fault.route) from fault
            raise Unreachable(self.url, str(fault), answered=True) from fault
