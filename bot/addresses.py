"""Addresses in the settings, which may hold passwords: which part may be shown, and what is sent with requests.

An address is parsed once. After that its text holds no password, so it is safe in a log, a page or a table.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_address
from typing import Final, Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

_EXAMPLE: Final = "http://127.0.0.1:8188"
_MASK: Final = "…"
_ESCAPES: Final = "in a user name or password write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and a comma as %2C"
_QUERY_ESCAPES: Final = "in the token write & as %26, # as %23, + as %2B and a comma as %2C"
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
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")
_LONGEST_URL: Final = 200
"""Characters of PUBLIC_URL. Discord takes 512 for the address of a button, and the rest of a link has about 190."""
_SSL: Final = frozenset({"allow", "disable", "prefer", "require", "verify-ca", "verify-full"})


class Kind(StrEnum):
    """Which API a server has, by the scheme of its address."""

    COMFYUI = "ComfyUI"
    API_V2 = "Comfy API v2"
    RUNPOD = "RunPod"


_SCHEMES: Final[Mapping[str, Kind]] = {
    "http": Kind.COMFYUI,
    "https": Kind.COMFYUI,
    "comfyapi+http": Kind.API_V2,
    "comfyapi+https": Kind.API_V2,
    "runpod": Kind.RUNPOD,
}
RUNPOD_URL: Final = "https://api.runpod.ai/v2"
"""Where RunPod's endpoints are."""
_SERVICES: Final = (".comfy.org", ".run.comfy.app")
"""Hosts of Comfy Cloud and of managed deployments (`servers` of the contract of Comfy API v2)."""
_ENDPOINT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}")


class ServerAddress(str):
    """The address of a server, without anything secret and without a final slash: it can be shown, logged and stored.

    `kind` says which API is there, `http` where requests go. `headers` and `query` go with every request: they hold
    what the server asks for (a login by RFC 7617, a token).
    """

    __slots__ = ("headers", "http", "kind", "query", "secrets")
    kind: Kind
    http: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    secrets: frozenset[str]
    """What nobody may read: passwords and tokens as written, as decoded, and as they are sent."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `ValueError` with a sentence for the operator that never repeats a password."""
        text = _COPIED.sub("", text)
        shown = masked(text)
        bare, asked, query = text.partition("?")
        if "@" in re.sub(r"^[^/?#]*//[^/?#]*", "", bare):
            raise ValueError(_ESCAPES)
        try:
            parts = urlsplit(bare)
        except ValueError:
            raise ValueError(f"{shown!r}: an IPv6 address needs brackets around it, like http://[::1]:8188") from None
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ValueError(f"{shown!r} is not an address like {_EXAMPLE}")
        if _SCHEMES[parts.scheme] is Kind.RUNPOD and not _ENDPOINT.fullmatch(text.partition("://")[2].rstrip("/")):
            form = "write runpod:// and the id of your endpoint, and no more; the key goes into RUNPOD_API_KEY"
            raise ValueError(f"{shown!r}: {form}")
        try:
            _ = parts.port
        except ValueError as fault:
            wrong = "out of range (1 to 65535)" if "range" in str(fault) else f"not a number; {_ESCAPES}"
            raise ValueError(f"{shown!r}: the port is {wrong}") from None
        pairs = parse_qsl(query, keep_blank_values=True)
        if "#" in text or (asked and (not pairs or not all(name and value for name, value in pairs))):
            raise ValueError(f"{shown!r}: only a token can follow, like ?token=…; {_QUERY_ESCAPES}")
        if not is_host(parts.hostname):
            raise ValueError(f"{shown!r}: no host can be called {parts.hostname}")
        login, _, host = parts.netloc.rpartition("@")
        if host.startswith("["):
            # RFC 6874 writes the zone of a link-local address behind %25. Sockets expect it behind %.
            host = host.replace("%25", "%")
        rest = f"{host}{parts.path}".rstrip("/")
        if _SCHEMES[parts.scheme] is Kind.API_V2:
            rest = rest.removesuffix("/api/v2").rstrip("/")
        address = cls(f"{parts.scheme}://{rest}")
        address.kind, address.http = _SCHEMES[parts.scheme], f"{parts.scheme.rpartition('+')[2]}://{rest}"
        if address.kind is Kind.RUNPOD:
            address.http = f"{RUNPOD_URL}/{rest}"
        address.headers, address.query = {}, dict(pairs)
        written = [one.partition("=")[2] for one in query.split("&")]
        encoded = [quote(value, safe="") for value in address.query.values()]
        address.secrets = frozenset({*address.query.values(), *written, *encoded}) - {""}
        if login:
            user, _, password = login.partition(":")
            plain = f"{unquote(user)}:{unquote(password)}"
            sent = b64encode(plain.encode()).decode()
            address.headers = {"Authorization": f"Basic {sent}"}
            # Some servers take a token as the user name, and no password.
            secret = password or user
            address.secrets |= {secret, unquote(secret), sent} - {""}
        return address

    @property
    def is_rented(self) -> bool:
        """Whether it is certainly a service's GPU, and none of the operator's own."""
        if self.kind is Kind.API_V2:
            return (urlsplit(self.http).hostname or "").endswith(_SERVICES)
        return self.kind is Kind.RUNPOD

    def opened_by(self, headers: Mapping[str, str], http: str | None = None) -> Self:
        """The same address, where these headers go with every request as well, and requests go to `http` if it is
        given. All values of the headers count as secret.
        """
        address = type(self)(self)
        address.kind, address.http, address.query = self.kind, http or self.http, self.query
        given = {name.lower() for name in headers}
        kept = {name: value for name, value in self.headers.items() if name.lower() not in given}
        address.headers = {**kept, **headers}
        # `Bearer TOKEN` is a secret, and so is TOKEN alone, as is what one of several cookies holds.
        parts = {part for value in headers.values() for part in (value, value.partition(" ")[2].strip())}
        parts |= {part.partition("=")[2] for value in headers.values() for part in re.split(r"[;,]\s*", value)}
        address.secrets = (self.secrets | parts) - {""}
        return address


def is_host(name: str) -> bool:
    """Whether a name server can be asked for this name. Python raises `UnicodeError` for others when it connects."""
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True


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


def masked_addresses(text: str) -> str:
    """What may be shown of wrong addresses, comma-separated."""
    return ",".join(map(masked, split_addresses(text)))


def masked_scheme(text: str) -> str:
    """The scheme of a wrong DATABASE_URL, and no more: where its password begins is not known."""
    scheme, separator, _ = text.partition("://")
    return f"{scheme}{separator}{_MASK}" if separator else _MASK


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


def read_http_address(text: str) -> tuple[str, int] | None:
    """Host and port of HTTP_PORT or PUBLIC_PORT; None: nothing is served. Raises `ValueError`."""
    host, _, port = text.rpartition(":")
    if text and not (port.isdecimal() and 0 < int(port) < 2**16):
        raise ValueError("use a port from 1 to 65535, or an address and a port like 0.0.0.0:9100")
    return (host.strip("[]") or "127.0.0.1", int(port)) if text else None


def read_public_url(text: str) -> str:
    """PUBLIC_URL without a final slash; "" if it is not set. Raises `ValueError`.

    Anybody who has one of its links can use it, so only this machine may be reached without encryption.
    """
    if not text:
        return ""
    if len(text) > _LONGEST_URL:
        raise ValueError(f"it may have at most {_LONGEST_URL} characters, so that a link still fits into a button")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("its host or its port is not valid") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("write it like https://paint.example.org or https://example.org/darkroom")
    if "?" in text or "#" in text or not _PATH.fullmatch(parts.path):
        raise ValueError("after the host only a path may follow, like /darkroom: letters, digits and . _ ~ -")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("use https, so that nobody on the way can read a link; http is only for this machine itself")
    return text.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
