"""The way to one ComfyUI: a few connections for short questions, a few for files, and nothing waits for a socket's."""

from __future__ import annotations

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
    """How many requests one server gets at once: short questions, and files up or down. Each kind has connections of
    its own, so that a slow upload keeps no question from being sent. `waited` is called when a request has to wait.
    """

    asks: int = 8
    transfers: int = 4
    waited: Callable[[], None] = lambda: None


def open_session(*traces: aiohttp.TraceConfig) -> aiohttp.ClientSession:
    """The session for all servers. It bounds nothing itself: each server's `Room` does, and sockets have a bound of
    their own. With aiohttp's default, 100 connections for everything, idle sockets could take the last one.
    """
    wall = aiohttp.TraceConfig()
    wall.on_request_redirect.append(_refuse_redirect)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), trace_configs=[wall, *traces])


async def _refuse_redirect(_: object, __: object, told: aiohttp.TraceRequestRedirectParams) -> None:
    # Sockets cannot be told otherwise not to follow one. Requests are, and take it for the answer that it is.
    raise aiohttp.ClientError(f"it redirects to {told.response.headers.get('Location', 'nowhere')}")


class Transport:
    """Sends requests to the server at `url`, within its `room`, with these `headers`. `crowded` is called when one is
    not answered, or is turned away: our own connections may be too many for what stands before the server.
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
        """The server's answer, all of it within so many `seconds` from the moment the request could be sent, and its
        beginning within `first_seconds`.

        Waiting for a connection takes as long as it takes: it says nothing about the server. `body` makes what is sent,
        for each try. Raises what aiohttp raises, and `TimeoutError`.
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
                            # An address that somebody else names may be one that only this machine reaches.
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
    """Why no answer came, for the operator."""
    if isinstance(fault, TimeoutError):
        return "timed out"
    if isinstance(fault, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not trusted"
    if isinstance(fault, aiohttp.ClientConnectorSSLError):
        return "it does not use https"
    if isinstance(fault, aiohttp.ClientConnectorError):
        # Its own text begins with the address, which whoever catches this has already.
        error = fault.os_error
        return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
    if isinstance(fault, aiohttp.ClientResponseError):
        # Its own text has line breaks, and is about bytes.
        return "its answer is not HTTP"
    return str(fault) or type(fault).__name__
