"""Logins and certificates of servers: `COMFYUI_HEADERS` and `COMFYUI_CA_FILE`. No text repeats a secret.

`Name: value` is for all servers, `ADDRESS => Name: value` for one. `;` separates headers, `|` separates servers.
"""

import re
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from bot.addresses import Kind, ServerAddress, masked
from bot.settings.each_server import check_known, parts_of, split_parts

_NEXT_HEADER: Final = re.compile(r";\s*(?=[!#$%&'*+.^_`|~0-9A-Za-z-]+:)")
"""A cookie has semicolons as well, but no colon after the word that follows."""
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A field name by RFC 9110, 5.6.2."""
_MISREAD: Final = re.compile(r"['`|].*|(?:[a-z]+\+)?https?|runpod", re.IGNORECASE)
"""A name that is part of an address, or of quotes around the whole: no header is called so."""
_SWALLOWED: Final = re.compile(rf"(?:=>|->|[,|])\s*{_NAME.pattern}:\s")
"""A value that has taken in the next header, or that of another server: it would be sent to the wrong one."""
_VALUE: Final = re.compile(r"[\t\x20-\x7e]+")
KEY: Final = re.compile(r"[!#-&(-~]+")
"""The key of a service, and nothing else that people copy along with it: no word before it, no quotes."""
NO_KEY: Final = "a key has no spaces or quotes, and only plain letters, digits and signs"
_OURS: Final = frozenset(
    {"connection", "content-length", "content-type", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Headers that say how a request is sent; another value would break it."""
_FORM: Final = "write Name: value, like Authorization: Bearer …; for one server, http://host:8188 => Name: value"
_BETWEEN: Final = "; stands between two headers, | between two servers, and => after the whole address of one"


def read_headers(text: str) -> Mapping[str, Mapping[str, str]]:
    """Headers by the address that they are for; "" is for all servers. Raises `ValueError`."""
    found: dict[str, dict[str, str]] = {}
    for url, said in parts_of(text):
        headers = found.setdefault(url, {})
        for header in _NEXT_HEADER.split(said.rstrip(";")):
            name, colon, value = (side.strip() for side in header.partition(":"))
            if not colon or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or _MISREAD.fullmatch(name):
                raise ValueError(_FORM)
            if _SWALLOWED.search(value):
                raise ValueError(f"{name}: {_BETWEEN}")
            if name.lower() in _OURS or name.lower().startswith("sec-websocket-"):
                raise ValueError(f"{name} can't be set: it says how a request is sent")
            if name.lower() in map(str.lower, headers):
                raise ValueError(f"{name} appears twice for {url or 'all servers'}")
            headers[name] = value
    return found


def opened(addresses: Iterable[ServerAddress], headers: Mapping[str, Mapping[str, str]]) -> tuple[ServerAddress, ...]:
    """The addresses with their headers. Where two settings name the same header, the one for fewer servers counts.

    Raises `ValueError`.
    """
    known = {str(address): address for address in addresses}
    check_known(headers, known)
    general = headers.get("", {})
    return tuple(
        # The login of the operator's own servers is not sent to a service elsewhere.
        _opened(address, general if address.kind is Kind.COMFYUI else {}, headers.get(url, {}))
        for url, address in known.items()
    )


def _opened(address: ServerAddress, general: Mapping[str, str], own: Mapping[str, str]) -> ServerAddress:
    written = {name.lower() for name in address.headers}
    if twice := [name for name in own if name.lower() in written]:
        raise ValueError(f"{address} has a login in COMFYUI_URLS and {twice[0]} here: keep one")
    taken = written | {name.lower() for name in own}
    return address.opened_by({**{name: value for name, value in general.items() if name.lower() not in taken}, **own})


def with_key(addresses: Iterable[ServerAddress], kind: Kind, key: str) -> tuple[ServerAddress, ...]:
    """The addresses, where those of this kind get the key, unless they have a login of their own. Raises
    `ValueError`.
    """
    if not KEY.fullmatch(key):
        raise ValueError(NO_KEY)
    return tuple(
        address.opened_by({"Authorization": f"Bearer {key}"})
        if address.kind is kind and "authorization" not in {name.lower() for name in address.headers}
        else address
        for address in addresses
    )


def read_ca_file(text: str) -> Path | None:
    """The file with more certificates to trust; None: those of this machine only. Raises `ValueError`."""
    if not text:
        return None
    try:
        ssl.create_default_context(cafile=text)
    except ssl.SSLError:
        raise ValueError("it holds no certificate in PEM format (-----BEGIN CERTIFICATE-----)") from None
    except OSError as fault:
        raise ValueError(f"it cannot be read: {fault.strerror}") from None
    return Path(text)


def shown_headers(text: str) -> str:
    """What a fault may repeat of COMFYUI_HEADERS: the addresses and the names of the headers."""
    parts = []
    for before, said in split_parts(text):
        names = [header.partition(":") for header in _NEXT_HEADER.split(said)]
        shown = "; ".join(
            f"{name.strip()}: …" if colon and _NAME.fullmatch(name.strip()) else "…" for name, colon, _ in names
        )
        parts.append(f"{masked(before)} => {shown}" if before else shown)
    return " | ".join(parts)
