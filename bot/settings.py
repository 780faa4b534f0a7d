"""The operator's settings: read once, all faults reported together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from bot.errors import SettingsError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """What `.env` says. Build it with `read_settings`."""

    discord_token: str
    comfyui_urls: tuple[str, ...]
    database_url: str
    data_dir: Path
    workflows_dir: Path
    workflow_nodes: tuple[str, ...]
    test_guild_ids: tuple[int, ...]
    log_level: int
    log_format: str


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its default as written in `.env.example` (None: required) and its purpose."""

    name: str
    default: str | None
    purpose: str


VARIABLES = (
    Variable("DISCORD_TOKEN", None, "the bot's token, from the Discord developer portal (page Bot)"),
    Variable("COMFYUI_URLS", "http://127.0.0.1:8188", "the ComfyUI servers that make the pictures, comma-separated"),
    Variable("DATABASE_URL", "", "where jobs are kept; empty: an SQLite file in DATA_DIR"),
    Variable("DATA_DIR", "data", "the folder for everything the bot keeps"),
    Variable("WORKFLOWS_DIR", "workflows", "the folder with the workflow packs (NAME.json, NAME.toml)"),
    Variable(
        "WORKFLOW_NODES",
        "",
        "the node classes that uploaded workflows may use, comma-separated, * for any; empty: all but unsafe ones",
    ),
    Variable("TEST_GUILD_IDS", "", "server ids, comma-separated, where commands appear at once (for trying things)"),
    Variable("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"),
    Variable("LOG_FORMAT", "text", "text, or json: one object a line"),
)


def read_settings(environment: Mapping[str, str], spared: Collection[str] = ()) -> Settings:
    """Read every setting, or raise `SettingsError` that names everything that is wrong with them.

    `spared` are required ones that may be missing all the same, for what has no use for them.
    """
    faults: list[str] = []

    def read(name: str, parse: Callable[[str], T], fallback: T) -> T:
        variable = next(v for v in VARIABLES if v.name == name)
        text = environment.get(name, "").strip() or variable.default
        if text is None:
            if name in spared:
                return fallback
            faults.append(f"{name} is missing: {variable.purpose}.")
            return fallback
        try:
            return parse(text)
        except ValueError as fault:
            faults.append(f"{name}={text!r}: {fault}.")
            return fallback

    data_dir = read("DATA_DIR", Path, Path())
    settings = Settings(
        discord_token=read("DISCORD_TOKEN", str, ""),
        comfyui_urls=read("COMFYUI_URLS", _urls, ()),
        database_url=read("DATABASE_URL", _database_url, "") or f"sqlite+aiosqlite:///{data_dir / 'darkroom.db'}",
        data_dir=data_dir,
        workflows_dir=read("WORKFLOWS_DIR", Path, Path()),
        workflow_nodes=read("WORKFLOW_NODES", _names, ()),
        test_guild_ids=read("TEST_GUILD_IDS", _ids, ()),
        log_level=read("LOG_LEVEL", _level, logging.INFO),
        log_format=read("LOG_FORMAT", _format, "text"),
    )
    if faults:
        raise SettingsError(tuple(faults))
    return settings


def _urls(text: str) -> tuple[str, ...]:
    urls = tuple(dict.fromkeys(part.strip().rstrip("/") for part in text.split(",") if part.strip()))
    if not urls:
        raise ValueError("give at least one address, like http://127.0.0.1:8188")
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is not an address like http://127.0.0.1:8188")
        _ = parts.port  # raises ValueError on a port that is no port
    return urls


def _database_url(text: str) -> str:
    if text and not text.startswith("sqlite+aiosqlite:///"):
        raise ValueError("only SQLite is supported so far, like sqlite+aiosqlite:///data/darkroom.db")
    return text


def _ids(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise ValueError("give server ids (numbers), comma-separated")
    return tuple(int(part) for part in parts)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _level(text: str) -> int:
    levels = {
        "DEBUG": logging.DEBUG,
        "INFO": logging.INFO,
        "WARNING": logging.WARNING,
        "ERROR": logging.ERROR,
    }
    if text.upper() not in levels:
        raise ValueError(f"choose one of {', '.join(levels)}")
    return levels[text.upper()]


def _format(text: str) -> str:
    if text not in {"text", "json"}:
        raise ValueError("choose text or json")
    return text
