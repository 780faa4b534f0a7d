"""Addresses in the settings, which may hold passwords: which part may be shown, and what is sent with requests.

An address is parsed once. After that its text holds no password, so it is safe in a log, a page or a table.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Final, Self
from urllib.parse import parse_qsl, unquote, urlsplit

_EXAMPLE: Final = "http://127.0.0.1:8188"
_MASK: Final = "…"
_ESCAPES: Final = "in a user name or password write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and a comma as %2C"
_POSTGRESQL: Final = re.compile(
    r"postgresql\+asyncpg://"
    # SQLAlchemy accepts anything except @ in a password.
    r"(?:[^:@/?#\s]*(?::[^@\s]*)?@)?"
    r"(?:\[[0-9A-Fa-f:.%]+\]|[^\[\]:@/?#\s]*)(?::(?P<port>[0-9]{1,5}))?"
    r"(?:/[^@?#\s]*)?(?:\?(?P<options>[^@#\s]*))?"
)
_BETWEEN: Final = re.compile(r"[,\s]+|;(?![^,;\s/]*@)\s*")
"""What people write between addresses. A semicolon may also be part of a password: then an @ follows."""
_COPIED: Final = re.compile(r"/?(?:index\.html)?(?:#/?)?$")
"""What a browser shows behind the address of ComfyUI's page."""
_OPTIONS: Final = frozenset(
    {"database", "host", "passfile", "password", "port", "service", "servicefile", "ssl", "user"}
)
"""The options that asyncpg accepts as text. Any other option would make connecting fail."""
_SSL: Final = frozenset({"allow", "disable", "prefer", "require", "verify-ca", "verify-full"})


class ServerAddress(str):
    """The address of a ComfyUI server, without a password or a final slash: it can be shown, logged and stored.

    `headers` go with every request. They hold the user name and password, if the operator gave them (RFC 7617).
    """

    __slots__ = ("headers", "secrets")
    headers: Mapping[str, str]
    secrets: frozenset[str]
    """What nobody may read: the password as written and as decoded, and the encoded login that is sent."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `ValueError` with a sentence for the operator that never repeats a password."""
        text = _COPIED.sub("", text)
        shown = masked(text)
        if "@" in re.sub(r"^[^/?#]*//[^/?#]*", "", text):
            raise ValueError(_ESCAPES)
        try:
            parts = urlsplit(text)
        except ValueError:
            raise ValueError(f"{shown!r}: an IPv6 address needs brackets around it, like http://[::1]:8188") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{shown!r} is not an address like {_EXAMPLE}")
        try:
            _ = parts.port
        except ValueError as fault:
            wrong = "out of range (1 to 65535)" if "range" in str(fault) else f"not a number; {_ESCAPES}"
            raise ValueError(f"{shown!r}: the port is {wrong}") from None
        if "?" in text or "#" in text:
            raise ValueError(
                f"{shown!r}: remove the ? or # and everything after it. A token in an address would show up in logs; "
                "to log in, write http://user:password@host"
            )
        login, _, host = parts.netloc.rpartition("@")
        address = cls(f"{parts.scheme}://{host}{parts.path}".rstrip("/"))
        address.headers, address.secrets = {}, frozenset()
        if login:
            user, _, password = login.partition(":")
            plain = f"{unquote(user)}:{unquote(password)}"
            sent = b64encode(plain.encode()).decode()
            address.headers = {"Authorization": f"Basic {sent}"}
            # Some servers take a token as the user name, and no password.
            secret = password or user
            address.secrets = frozenset({secret, unquote(secret), sent}) - {""}
        return address


def split_addresses(text: str) -> list[str]:
    """The addresses in a setting: separated by commas, semicolons, spaces or line breaks."""
    return [part for part in _BETWEEN.split(text) if part]


def masked(text: str) -> str:
    """What may be shown of a wrong address, which may hold a password anywhere: its scheme, host and path."""
    scheme, separator, rest = text.partition("://") if "://" in text else ("", "", text)
    before, at, rest = rest.rpartition("@")
    rest, cut, _ = re.sub("[?#]", "?", rest).partition("?")
    host, slash, path = rest.partition("/")
    # A port that is not a number may be a password whose @ was forgotten.
    host = re.sub(r":(?![0-9]{1,5}$).*", f":{_MASK}", host)
    return f"{scheme}{separator}{_MASK if before or at else ''}{at}{host}{slash}{path}{cut}{_MASK if cut else ''}"


def check_postgresql(text: str) -> str:
    """Return the DATABASE_URL of a PostgreSQL as it is. Raises `ValueError`, whose text repeats no part of it."""
    if not (found := _POSTGRESQL.fullmatch(text)):
        raise ValueError(f"write it like postgresql+asyncpg://user:password@host:5432/name; {_ESCAPES}")
    options = parse_qsl(found["options"] or "", keep_blank_values=True)
    ports = [found["port"] or "5432", *(value for name, value in options if name == "port")]
    if not all(re.fullmatch("[0-9]{1,5}", port) and int(port) < 2**16 for port in ports):
        raise ValueError("its port is not a number from 0 to 65535")
    if not {name for name, _ in options} <= _OPTIONS:
        raise ValueError(f"what follows its ? can be: {', '.join(sorted(_OPTIONS))}")
    if not {value for name, value in options if name == "ssl"} <= _SSL:
        raise ValueError(f"ssl can be: {', '.join(sorted(_SSL))}")
    return text


def database_secrets(url: str) -> frozenset[str]:
    """The passwords in a DATABASE_URL, as written and as decoded."""
    login, at, _ = url.partition("://")[2].partition("@")
    written = {login.partition(":")[2] if at else "", *re.findall(r"[?&](?:ssl)?password=([^&]*)", url)}
    return frozenset({*written, *map(unquote, written)}) - {""}
