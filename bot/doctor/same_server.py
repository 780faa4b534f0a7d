"""Finds ComfyUI servers that COMFYUI_URLS has under two addresses. Each would count as a server of its own."""

import asyncio
import ipaddress
import itertools
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from bot.doctor.findings import Finding, Level

_SECONDS: Final = 5.0
_PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443}
_RUNPOD: Final = "runpod://"
_LOCAL: Final = "localhost"


async def find_places(urls: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """The IP addresses that each server's host has; none where no name server says. RunPod has no hosts."""
    hosts = {url: urlsplit(url).hostname for url in urls if not url.startswith(_RUNPOD)}
    found = await asyncio.gather(*(_ip_addresses(host or _LOCAL) for host in hosts.values()))
    return dict(zip(hosts, found, strict=True))


async def _ip_addresses(host: str) -> frozenset[str]:
    try:
        async with asyncio.timeout(_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        return frozenset()
    return frozenset(str(address[0]) for *_, address in found)


def check_same(places: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """Pairs of addresses at the same place. Two names may share one and be different servers, behind a proxy that goes
    by the name, so one of the two has to be an IP address or this machine itself. Pure.
    """
    for first, second in itertools.combinations(places, 2):
        same = _beside_host(first) == _beside_host(second) and places[first] & places[second]
        if same and any(_is_nameless(urlsplit(url).hostname or "") for url in (first, second)):
            text = f"It is probably the same server as {first}, so it counts twice in the queue and its times."
            yield Finding(Level.WARNING, f"ComfyUI {second}", text, "Keep one of the two in COMFYUI_URLS.")


def _beside_host(url: str) -> tuple[int | None, str]:
    parts = urlsplit(url)
    return parts.port or _PORTS.get(parts.scheme), parts.path.rstrip("/")


def _is_nameless(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.casefold() == _LOCAL
    return True
