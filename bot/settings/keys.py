"""The keys of services that rent GPUs, and where each service is."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from bot.addresses import Kind, ServerAddress
from bot.settings.logins import KEY, NO_KEY

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def read_service_url(text: str) -> str:
    """Where a service is. A key goes there, so only https will do, or this machine. Raises `ValueError`."""
    address = ServerAddress.parse(text)
    parts = urlsplit(address.http)
    if (
        address.kind is not Kind.COMFYUI
        or address.secrets
        or not (parts.scheme == "https" or parts.hostname in _LOOPBACK)
    ):
        raise ValueError("use an https address without a login (http only on this machine)")
    return address.http


def with_runpod_key(addresses: Iterable[ServerAddress], key: str, url: str) -> tuple[ServerAddress, ...]:
    """The addresses, where RunPod's endpoints get their key and are below `url`. Raises `ValueError` without a key."""
    return tuple(_opened(address, key, url) if address.kind is Kind.RUNPOD else address for address in addresses)


def _opened(address: ServerAddress, key: str, url: str) -> ServerAddress:
    if not key:
        raise ValueError(f"{address} in COMFYUI_URLS needs it: RunPod console, Settings, API Keys")
    if not KEY.fullmatch(key):
        raise ValueError(NO_KEY)
    return address.opened_by({"Authorization": f"Bearer {key}"}, f"{url}/{address.partition('://')[2]}")
