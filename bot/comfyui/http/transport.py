"""Requests to one ComfyUI. Short requests, file transfers and websockets have separate limits: none blocks another."""

import asyncio
import contextlib
import itertools
import os
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from bot.addresses import ServerAddress, masked
from bot.operating_system.open_files import AGAIN_SECONDS, LACK, say_lack

_TURNED_AWAY: Final = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Room:
    """How many requests one server gets at once: short ones (`asks`) and file transfers. The limits are separate, so
    that a slow upload never delays a short request. `waited` is called when a request has to wait.
    """

    asks: int = 8
    transfers: int = 4
    waited: Callable[[], None] = lambda: None


def open_session(*traces: aiohttp.TraceConfig, ca_file: Path | None = None) -> aiohttp.ClientSession:
    """The session for all servers. It trusts the certificates in `ca_file` besides those of this machine.

    It has no limit of its own: each server's `Room` limits its requests, and websockets are limited elsewhere. With
    aiohttp's default of 100 connections in all, idle websockets could take the last one.

    It keeps no cookies. Each request carries its whole login. A cookie that a login page sets for strangers would be
    sent in place of the operator's own, and to other servers of the same host.
    """
    wall = aiohttp.TraceConfig()
    wall.on_request_redirect.append(_refuse_redirect)
    trusted = ssl.create_default_context()
    if ca_file is not None:
        trusted.load_verify_locations(ca_file)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=trusted),
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[wall, *traces],
    )


async def _refuse_redirect(_: object, __: object, told: aiohttp.TraceRequestRedirectParams) -> None:
    # aiohttp's websockets have no `allow_redirects`. Requests do: a redirect is their answer and never comes here.
    raise aiohttp.ClientError(f"it redirects to {masked(told.response.headers.get('Location', 'nowhere'))}")


class Transport:
    """Sends requests to the server at `address`, with the headers and the query of its login, within the
    limits of `room`. `crowded` is called when a request gets no answer or is turned away: we may hold too many
    connections for a proxy in front of the server.
    """

    def __init__(
        self, address: ServerAddress, session: aiohttp.ClientSession, room: Room, crowded: Callable[[], None]
    ) -> None:
        self._address = address
        self._url = address.http
        self._session = session
        self._room = room
        self._crowded = crowded
        self._asks = asyncio.Semaphore(room.asks)
        self._transfers = asyncio.Semaphore(room.transfers)

    @contextlib.asynccontextmanager
    async def answered(
        self,
        method: str,
        path: str,
        seconds: float,
        first_seconds: float | None = None,
        *,
        transfer: bool = False,
        body: Callable[[], object] = lambda: None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request and yield its response. It must begin within `first_seconds` (default: `seconds`) and be
        complete `seconds` later.

        The time starts when a connection slot is free: waiting for a slot says nothing about the server. `body`
        builds the body for each attempt. Raises aiohttp's errors and `TimeoutError`.
        """
        gate = self._transfers if transfer else self._asks
        if gate.locked():
            self._room.waited()
        async with gate:
            for tries in itertools.count():
                try:
                    async with (
                        asyncio.timeout(first_seconds or seconds) as deadline,
                        self._session.request(
                            method,
                            self._url + path,
                            data=body(),
                            params={**self._address.query, **(params or {})},
                            headers={**self._address.headers, **(headers or {})},
                            # The target may be an address that only this machine can reach.
                            allow_redirects=False,
                        ) as response,
                    ):
                        deadline.reschedule(asyncio.get_running_loop().time() + seconds)
                        if response.status in _TURNED_AWAY:
                            self._crowded()
                        yield response
                        return
                except aiohttp.ClientConnectorError as fault:
                    if fault.os_error.errno not in LACK:
                        self._crowded()
                        raise
                    say_lack(fault.os_error, tries)
                except (aiohttp.ClientError, TimeoutError):
                    self._crowded()
                    raise
                await asyncio.sleep(AGAIN_SECONDS)

    async def socket(
        self, path: str, params: Mapping[str, str], *, heartbeat: float, close_seconds: float, most: int
    ) -> aiohttp.ClientWebSocketResponse:
        """Open a websocket, with the same login. `most` is the largest frame in bytes. Raises aiohttp's errors."""
        return await self._session.ws_connect(
            self._url + path,
            params={**self._address.query, **params},
            headers=self._address.headers,
            heartbeat=heartbeat,
            timeout=aiohttp.ClientWSTimeout(ws_close=close_seconds),
            max_msg_size=most,
        )

    @contextlib.asynccontextmanager
    async def stored_elsewhere(
        self, url: str, seconds: float, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """GET from another server, without this one's login, and within this one's limits."""
        async with (
            self._transfers,
            asyncio.timeout(seconds),
            self._session.get(url, headers=headers, allow_redirects=False) as response,
        ):
            yield response

    @contextlib.asynccontextmanager
    async def endless(
        self, path: str, silence: float, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """GET an answer that goes on for as long as a job runs. It ends after so many seconds of `silence`. Like a
        websocket, it takes no place from short requests. Raises aiohttp's errors.
        """
        async with self._session.get(
            self._url + path,
            params=self._address.query,
            headers={**self._address.headers, **headers},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=silence, sock_read=silence),
            allow_redirects=False,
        ) as response:
            yield response

    async def look(self, path: str, seconds: float, most: int) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and the beginning of the body of a page, whatever it is. Raises aiohttp's errors."""
        async with (
            asyncio.timeout(seconds),
            self._session.get(
                self._url + path, params=self._address.query, headers=self._address.headers, allow_redirects=False
            ) as response,
        ):
            return response.status, response.headers, await response.content.read(most)

    async def speaks_https(self, seconds: float) -> bool:
        """Whether the port speaks https after all. Sends no password, since anybody's server may be there."""
        url = "https" + self._url.removeprefix("http")
        try:
            async with asyncio.timeout(seconds), self._session.get(url, ssl=False, allow_redirects=False):
                return True
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False


def reason_of(fault: Exception) -> str:
    """Why there was no answer, in words for the operator."""
    if isinstance(fault, TimeoutError):
        return "timed out"
    if isinstance(fault, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not trusted"
    if isinstance(fault, aiohttp.ClientConnectorSSLError):
        return "it does not use https"
    if isinstance(fault, aiohttp.ClientConnectorError):
        # aiohttp's text begins with the address, which the caller adds anyway.
        error = fault.os_error
        return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
    if isinstance(fault, aiohttp.WSServerHandshakeError):
        # aiohttp's text holds the whole address, with a token in it.
        return f"it answered {fault.status}"
    if isinstance(fault, aiohttp.ClientResponseError):
        # aiohttp's text has line breaks and quotes bytes.
        return "its answer is not HTTP"
    return str(fault) or type(fault).__name__
