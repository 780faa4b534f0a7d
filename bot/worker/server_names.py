"""What a ComfyUI server is called in a ledger that several machines share."""

import ipaddress
from urllib.parse import urlsplit


def server_name(url: str, machine: str) -> str:
    """The server's address. A loopback address gets the machine's name: it means another server on each machine."""
    return f"{url} on {machine}" if _is_loopback(urlsplit(url).hostname or "") else url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
