"""Requests to one ComfyUI. Short requests, file transfers and websockets have separate limits: none blocks another."""

import asyncio
import contextlib
import itertools
import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp

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


def open_session(*traces: aiohttp.TraceConfig) -> aiohttp.ClientSession:
    """The session for all servers. It has no limit of its own: each server's `Room` limits its requests, and websockets
    are limited elsewhere. With aiohttp's default of 100 connections in all, idle websockets could take the last one.
    """
    wall = aiohttp.TraceConfig()
    wall.on_request_redirect.append(_refuse_redirect)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), trace_configs=[wall, *traces])


async def _refuse_redirect(_: object, __: object, told: aiohttp.TraceRequestRedirectParams) -> None:
    # aiohttp's websockets have no `allow_redirects`. Requests do: a redirect is their answer and never comes here.
    raise aiohttp.ClientError(f"it redirects to {told.response.headers.get('Location', 'nowhere')}")


class Transport:
    """Sends requests to the server at `url` with these `headers`, within the limits of `room`. `crowded` is called when
    a request gets no answer or is turned away: we may hold too many connections for a proxy in front of the server.
    """

    def __init__(
        self,
        url: str,
        session: aiohttp.ClientSession,
        room: Room,
        headers: Mapping[str, str],
        crowded: Callable[[], None],
    ) -> None:
        self._url = url
        self._session = session
        self._room = room
        self._headers = headers
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
                            params=params,
                            headers={**self._headers, **(headers or {})},
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
    if isinstance(fault, aiohttp.ClientResponseError):
        # aiohttp's text has line breaks and quotes bytes.
        return "its answer is not HTTP"
    return str(fault) or type(fault).__name__
