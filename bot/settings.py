"""The operator's settings: read once, all faults reported together."""

import logging
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from bot.addresses import ServerAddress, check_postgresql, database_secrets, masked
from bot.errors import SettingsError
from bot.operating_system.command_lines import split_command

T = TypeVar("T")


ROLES: Final = frozenset({"gateway", "worker"})
EMBEDDED_GRAPHS: Final = ("keep", "recipe", "strip")
_DATABASES: Final = ("sqlite+aiosqlite:///", "postgresql+asyncpg://")


@dataclass(frozen=True, slots=True)
class Settings:
    """What `.env` says. Build it with `read_settings`."""

    discord_token: str = field(repr=False)
    comfyui_urls: tuple[ServerAddress, ...]
    comfyui_command: tuple[str, ...] = field(repr=False)
    database_url: str = field(repr=False)
    data_dir: Path
    workflows_dir: Path
    workflow_nodes: tuple[str, ...]
    owner_ids: tuple[int, ...]
    test_guild_ids: tuple[int, ...]
    roles: frozenset[str]
    shard_count: int
    shard_ids: tuple[int, ...]
    history_days: int
    picture_check: tuple[str, ...]
    http_address: tuple[str, int] | None
    embedded_graph: str
    ai_mark: bool
    log_level: int
    log_format: str

    @property
    def secrets(self) -> frozenset[str]:
        """Every value in the settings that must never be shown."""
        passwords = database_secrets(self.database_url).union(*(url.secrets for url in self.comfyui_urls))
        return passwords | ({self.discord_token} if self.discord_token else frozenset())


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its default as written in `.env.example` (None: required) and its purpose.

    `shown` gives the part of a wrong value that a fault may repeat.
    """

    name: str
    default: str | None
    purpose: str
    shown: Callable[[str], str] = str


def _shown_addresses(text: str) -> str:
    return ",".join(masked(part.strip()) for part in text.split(","))


def _shown_scheme(text: str) -> str:
    """The scheme of a wrong DATABASE_URL, and no more: where its password begins is not known."""
    scheme, separator, _ = text.partition("://")
    return f"{scheme}{separator}…" if separator else "…"


VARIABLES = (
    Variable("DISCORD_TOKEN", None, "the bot's token, from the Discord developer portal (page Bot)"),
    Variable(
        "COMFYUI_URLS",
        "http://127.0.0.1:8188",
        "the ComfyUI servers, comma-separated; with a password: http://user:password@host",
        _shown_addresses,
    ),
    Variable(
        "COMFYUI_COMMAND",
        "",
        "starts a ComfyUI on this machine with the bot, like python /srv/ComfyUI/main.py --preview-method auto, or "
        "comfy (comfy-cli finds its own); empty: starts none",
    ),
    Variable(
        "DATABASE_URL",
        "",
        "the database; empty: an SQLite file in DATA_DIR; several machines need a PostgreSQL that all of them can "
        "reach, like postgresql+asyncpg://user:password@host/darkroom",
        _shown_scheme,
    ),
    Variable("DATA_DIR", "data", "the folder for everything that the bot stores"),
    Variable("WORKFLOWS_DIR", "workflows", "the folder with the workflow packs (NAME.json, NAME.toml)"),
    Variable(
        "WORKFLOW_NODES",
        "",
        "the node classes that uploaded workflows may use, comma-separated, or * for any; empty: all except unsafe "
        "ones",
    ),
    Variable(
        "PICTURE_CHECK",
        "",
        "the program that checks images if moderators switch that on; empty: NudeNet, if darkroom[picture-check] is "
        "installed",
    ),
    Variable("HISTORY_DAYS", "90", "how many days to keep jobs after they end; 0: forever"),
    Variable(
        "EMBEDDED_GRAPH",
        "keep",
        "what happens to the workflow that ComfyUI writes into its PNGs: keep, strip, or recipe (only prompt, seed, "
        "workflow and options)",
    ),
    Variable("AI_MARK", "on", "whether files say by IPTC's standard that a machine made them: on or off"),
    Variable(
        "ROLES",
        "gateway,worker",
        "what this process does: gateway answers on Discord, worker runs jobs on ComfyUI servers",
    ),
    Variable(
        "SHARD_COUNT",
        "1",
        "the number of shards of all gateways together (Discord requires one for every 2,500 servers)",
    ),
    Variable("SHARD_IDS", "", "the shards that this process runs, comma-separated, from 0; empty: all"),
    Variable(
        "HTTP_PORT",
        "",
        "the port of /healthz and /metrics, like 9100 for this machine only, or 0.0.0.0:9100 for others too; empty: "
        "none",
    ),
    Variable(
        "OWNER_IDS",
        "",
        "the Discord user ids of the people who run this bot, comma-separated; they can moderate and administer "
        "everywhere",
    ),
    Variable(
        "TEST_GUILD_IDS", "", "the ids of servers where new commands appear at once, comma-separated, for testing"
    ),
    Variable("LOG_LEVEL", "INFO", "DEBUG (the bot's own lines; libraries stay at INFO), INFO, WARNING or ERROR"),
    Variable("LOG_FORMAT", "text", "text, or json (one object a line)"),
)


def read_settings(environment: Mapping[str, str], spared: Collection[str] = ()) -> Settings:
    """Read every setting, or raise one `SettingsError` with all their faults.

    `spared` names required settings that may be missing, because the caller does not need them.
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
            faults.append(f"{name}={variable.shown(text)!r}: {fault}.")
            return fallback

    discord_token = read("DISCORD_TOKEN", str, "")
    comfyui_urls: tuple[ServerAddress, ...] = read("COMFYUI_URLS", _urls, ())
    data_dir = read("DATA_DIR", Path, Path())
    database_url = read("DATABASE_URL", _database_url, "") or f"sqlite+aiosqlite:///{data_dir / 'darkroom.db'}"
    shard_count = read("SHARD_COUNT", _positive, 1)
    shard_ids: tuple[int, ...] = read("SHARD_IDS", _ids, ())
    shard_ids = shard_ids or tuple(range(shard_count))
    if beyond := [one for one in shard_ids if one >= shard_count]:
        faults.append(f"SHARD_IDS has {beyond[0]}, but with SHARD_COUNT={shard_count} the last is {shard_count - 1}.")
    roles: frozenset[str] = read("ROLES", _roles, frozenset())
    if ((roles and roles != ROLES) or len(shard_ids) < shard_count) and database_url.startswith("sqlite"):
        faults.append(
            "ROLES or SHARD_IDS split the work between processes, which needs PostgreSQL: set DATABASE_URL to one."
        )
    settings = Settings(
        discord_token=discord_token,
        comfyui_urls=comfyui_urls,
        comfyui_command=read("COMFYUI_COMMAND", _words, ()),
        database_url=database_url,
        data_dir=data_dir,
        workflows_dir=read("WORKFLOWS_DIR", Path, Path()),
        workflow_nodes=read("WORKFLOW_NODES", _names, ()),
        roles=roles,
        shard_count=shard_count,
        shard_ids=shard_ids,
        picture_check=read("PICTURE_CHECK", _words, ()),
        history_days=read("HISTORY_DAYS", _days, 0),
        http_address=read("HTTP_PORT", read_http_address, None),
        embedded_graph=read("EMBEDDED_GRAPH", _embedded_graph, EMBEDDED_GRAPHS[0]),
        ai_mark=read("AI_MARK", _switch, True),  # noqa: FBT003 - what stands in for a wrong value
        owner_ids=read("OWNER_IDS", _ids, ()),
        test_guild_ids=read("TEST_GUILD_IDS", _ids, ()),
        log_level=read("LOG_LEVEL", _level, logging.INFO),
        log_format=read("LOG_FORMAT", _format, "text"),
    )
    if faults:
        raise SettingsError(tuple(faults))
    return settings


def _urls(text: str) -> tuple[ServerAddress, ...]:
    found: dict[str, ServerAddress] = {}
    for part in text.split(","):
        if part.strip():
            address = ServerAddress.parse(part.strip())
            if found.setdefault(address, address).headers != address.headers:
                raise ValueError(f"{address} appears twice, with different passwords: keep one")
    if not found:
        raise ValueError("give at least one address, like http://127.0.0.1:8188")
    return tuple(found.values())


def _words(text: str) -> tuple[str, ...]:
    return split_command(text, sys.platform)


def _database_url(text: str) -> str:
    if text and not text.startswith(_DATABASES):
        raise ValueError(f"it must begin with {' or '.join(_DATABASES)}")
    return check_postgresql(text) if text.startswith(_DATABASES[1]) else text


def _roles(text: str) -> frozenset[str]:
    roles = frozenset(_names(text))
    if not roles or roles - ROLES:
        raise ValueError("use gateway, worker or both, comma-separated")
    return roles


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ValueError("use a whole number, 1 or more")
    return int(text)


def read_http_address(text: str) -> tuple[str, int] | None:
    """Host and port of HTTP_PORT; None: no pages are served. Raises `ValueError`."""
    host, _, port = text.rpartition(":")
    if text and not (port.isdecimal() and 0 < int(port) < 2**16):
        raise ValueError("use a port from 1 to 65535, or an address and a port like 0.0.0.0:9100")
    return (host.strip("[]") or "127.0.0.1", int(port)) if text else None


def _days(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("use a whole number of days; 0 means forever")
    return int(text)


def _embedded_graph(text: str) -> str:
    if text not in EMBEDDED_GRAPHS:
        raise ValueError(f"choose one of {', '.join(EMBEDDED_GRAPHS)}")
    return text


def _switch(text: str) -> bool:
    if text.lower() not in {"on", "off"}:
        raise ValueError("choose on or off")
    return text.lower() == "on"


def _ids(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise ValueError("use ids (numbers), comma-separated")
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
