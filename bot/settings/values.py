"""Reads the text of one setting. Each function raises `ValueError`, whose text says what to write instead."""

import logging
import sys
from collections.abc import Callable
from typing import Final, Protocol, TypeVar
from urllib.parse import urlsplit

from bot.addresses import Kind, ServerAddress, check_postgresql, split_addresses
from bot.operating_system.command_lines import split_command

T = TypeVar("T")

ROLES: Final = frozenset({"gateway", "worker"})
EMBEDDED_GRAPHS: Final = ("keep", "recipe", "strip")
SQLITE: Final = "sqlite+aiosqlite:///"
_DATABASES: Final = (SQLITE, "postgresql+asyncpg://")


class Read(Protocol):
    """Reads one variable. If it is at fault, reports that and returns `fallback`."""

    def __call__(self, name: str, parse: Callable[[str], T], fallback: T) -> T: ...


def read_addresses(text: str) -> tuple[ServerAddress, ...]:
    found: dict[str, ServerAddress] = {}
    for part in split_addresses(text):
        address = ServerAddress.parse(part)
        _check_kind(address)
        known = found.setdefault(address, address)
        if (known.headers, known.query) != (address.headers, address.query):
            raise ValueError(f"{address} appears twice, with different passwords: keep one")
    if not found:
        raise ValueError("give at least one address, like http://127.0.0.1:8188")
    return tuple(found.values())


def _check_kind(address: ServerAddress) -> None:
    """Raise `ValueError` for a service that is written as if it were a ComfyUI."""
    host = urlsplit(address.http).hostname or ""
    if address.kind is not Kind.COMFYUI:
        return
    if host == "api.runpod.ai":
        raise ValueError(f"{address}: write runpod:// and the id of your endpoint; the key goes into RUNPOD_API_KEY")
    if host == "cloud.comfy.org" or host.endswith(".run.comfy.app"):
        raise ValueError(f"{address}: write comfyapi+https://{host}; the key goes into COMFY_API_KEY")


def read_words(text: str) -> tuple[str, ...]:
    return split_command(text, sys.platform)


def read_database_url(text: str) -> str:
    if text and not text.startswith(_DATABASES):
        raise ValueError(f"it must begin with {' or '.join(_DATABASES)}")
    return check_postgresql(text) if text.startswith(_DATABASES[1]) else text


def read_roles(text: str) -> frozenset[str]:
    roles = frozenset(read_names(text))
    if not roles or roles - ROLES:
        raise ValueError("use gateway, worker or both, comma-separated")
    return roles


def read_positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ValueError("use a whole number, 1 or more")
    return int(text)


def read_days(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("use a whole number of days; 0 means forever")
    return int(text)


def read_embedded_graph(text: str) -> str:
    if text not in EMBEDDED_GRAPHS:
        raise ValueError(f"choose one of {', '.join(EMBEDDED_GRAPHS)}")
    return text


def read_switch(text: str) -> bool:
    if text.lower() not in {"on", "off"}:
        raise ValueError("choose on or off")
    return text.lower() == "on"


def read_ids(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise ValueError("use ids (numbers), comma-separated")
    return tuple(int(part) for part in parts)


def read_names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def read_level(text: str) -> int:
    levels = {
        "DEBUG": logging.DEBUG,
        "INFO": logging.INFO,
        "WARNING": logging.WARNING,
        "ERROR": logging.ERROR,
    }
    if text.upper() not in levels:
        raise ValueError(f"choose one of {', '.join(levels)}")
    return levels[text.upper()]


def read_log_format(text: str) -> str:
    if text not in {"text", "json"}:
        raise ValueError("choose text or json")
    return text
