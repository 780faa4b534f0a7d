"""Images that the worker put into a bucket (`BUCKET_ENDPOINT_URL`) and tells by their address.

The address comes from outside, so it is not trusted: https only, no redirect, no key of ours, and never to a machine in
a private network, whatever its name resolves to. The address itself is signed, hence secret: it is in no log.
"""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.comfyui.http.bodies import read_into
from bot.comfyui.http.requests import ANSWER_SECONDS, HTTP_OK, TRANSFER_SECONDS
from bot.comfyui.http.transport import reason_of
from bot.errors import Lost, Refused

_GONE: Final = frozenset({403, 404, 410})
"""A bucket answers 403 for what is no longer there, and for a signature that is too old."""
_ROUTE: Final = "/view"


async def download(
    url: str, filename: str, most: int, take: Callable[[bytes], Awaitable[None]], *, loopback: bool
) -> None:
    """Pass the bytes at this address to `take` as they arrive. `loopback`: this machine will do, also without https.

    Raises `Lost` if the file is gone, `Oversized` if it has more than `most` bytes, otherwise `Refused`.
    """
    parts = _parts(url)
    if parts is None or not (parts[0] == "https" or (loopback and is_loopback(parts[1]))):
        raise Refused(_ROUTE, 0, f"{filename}: its address is not https")
    if not _is_literal(parts[1], loopback=loopback):
        raise Refused(_ROUTE, 0, f"{filename}: its address is in a private network")
    connector = aiohttp.TCPConnector(resolver=_PublicOnly(loopback=loopback), use_dns_cache=False)
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS) as deadline,
                session.get(url, allow_redirects=False, headers={"Accept-Encoding": "identity"}) as response,
            ):
                deadline.reschedule(asyncio.get_running_loop().time() + TRANSFER_SECONDS)
                if response.status in _GONE:
                    raise Lost(filename)
                if response.status != HTTP_OK:
                    raise Refused(_ROUTE, response.status, f"{filename}: its address answered {response.status}")
                await read_into(response, most, filename, take)
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as fault:
            # The endpoint is not at fault, so this is about one file.
            raise Refused(_ROUTE, 0, f"{filename}: {_reason(fault)}", slow=isinstance(fault, TimeoutError)) from None


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, by its address."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _parts(url: str) -> tuple[str, str] | None:
    """Scheme and host of an address; None if it isn't one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname) if parts.hostname else None


def _is_literal(host: str, *, loopback: bool) -> bool:
    """Whether a host that is an address may be asked. aiohttp asks no resolver for those."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return True
    return _may_ask(address, loopback=loopback)


def _may_ask(address: ipaddress.IPv4Address | ipaddress.IPv6Address, *, loopback: bool) -> bool:
    plain = address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address
    return (loopback and plain.is_loopback) or (plain.is_global and not plain.is_multicast)


def _reason(fault: Exception) -> str:
    """Why the file did not come. aiohttp's own texts hold the address."""
    if isinstance(fault, aiohttp.ClientConnectorError | TimeoutError):
        return reason_of(fault)
    return type(fault).__name__


class _PublicOnly(AbstractResolver):
    """Resolves names as usual, and keeps only addresses that may be asked: aiohttp connects to exactly these."""

    def __init__(self, *, loopback: bool) -> None:
        self._usual = aiohttp.ThreadedResolver()
        self._loopback = loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._usual.resolve(host, port, family)
        kept = [one for one in found if _may_ask(ipaddress.ip_address(one["host"]), loopback=self._loopback)]
        if not kept:
            raise OSError(None, "its address is in a private network")
        return kept

    async def close(self) -> None:
        await self._usual.close()
