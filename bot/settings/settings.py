"""The settings as the program uses them."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from bot.addresses import Kind, ServerAddress, database_secrets, read_http_address, read_public_url
from bot.content_credentials import Credentials, read_certificate, read_credentials
from bot.errors import SettingsError
from bot.setting_names import explain_unknown
from bot.settings.caps import Caps, read_caps
from bot.settings.direct_messages import NO_DIRECT_MESSAGES, DirectMessages, read_direct_messages
from bot.settings.gpu_rules import GpuRules, read_gpu_rules
from bot.settings.keys import read_service_url, with_runpod_key
from bot.settings.logins import opened, read_ca_file, read_headers, with_key
from bot.settings.spending import SpendingRules, read_spending
from bot.settings.values import (
    EMBEDDED_GRAPHS,
    ROLES,
    SQLITE,
    read_addresses,
    read_database_url,
    read_days,
    read_embedded_graph,
    read_ids,
    read_level,
    read_log_format,
    read_names,
    read_positive,
    read_roles,
    read_switch,
    read_words,
)
from bot.settings.variables import VARIABLES

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """What `.env` says. Build it with `read_settings`."""

    discord_token: str = field(repr=False)
    comfyui_urls: tuple[ServerAddress, ...]
    comfyui_ca_file: Path | None
    comfyui_command: tuple[str, ...] = field(repr=False)
    gpu_rules: Mapping[str, GpuRules] = field(repr=False)
    spending: SpendingRules
    database_url: str = field(repr=False)
    data_dir: Path
    workflows_dir: Path
    wildcards_dir: Path
    workflow_nodes: tuple[str, ...]
    owner_ids: tuple[int, ...]
    test_guild_ids: tuple[int, ...]
    roles: frozenset[str]
    shard_count: int
    shard_ids: tuple[int, ...]
    history_days: int
    caps: Caps
    picture_check: tuple[str, ...]
    http_address: tuple[str, int] | None
    public_url: str
    public_address: tuple[str, int] | None
    embedded_graph: str
    ai_mark: bool
    log_level: int
    log_format: str
    credentials: Credentials | None = None
    direct_messages: DirectMessages = NO_DIRECT_MESSAGES
    unknown: tuple[str, ...] = ()
    """A sentence for the operator about each name in the environment that is probably a mistyped setting, about each
    line of `.env` that can't be read, and about each folder that does not exist.
    """

    @property
    def secrets(self) -> frozenset[str]:
        """Every value in the settings that must never be shown."""
        passwords = database_secrets(self.database_url).union(*(url.secrets for url in self.comfyui_urls))
        return passwords | {key for key in (self.discord_token, self.spending.partner_key) if key}

    @property
    def database_advice(self) -> str:
        """What the operator can do about a database that cannot be used."""
        if not self.database_url.startswith(SQLITE):
            return "Check DATABASE_URL, and that the database server is running."
        setting = "DATA_DIR" if self.database_url == _sqlite_url(self.data_dir) else "DATABASE_URL"
        file = self.database_url.removeprefix(SQLITE).partition("?")[0]
        return f"It is the file {file}. Let the bot's user write there, or set {setting} to another place."

    def doubts(self, now: datetime) -> Iterator[str]:
        """Sentences about what the bot can start with, but its operator should look at."""
        yield from self.unknown
        if self.credentials is not None and (trouble := self.credentials.trouble(now)):
            yield trouble

    def rules_of(self, url: str) -> GpuRules:
        """When the bot leaves this server's GPU alone."""
        return self.gpu_rules.get(url, self.gpu_rules[""])


def read_settings(
    environment: Mapping[str, str], spared: Collection[str] = (), unreadable: tuple[str, ...] = ()
) -> Settings:
    """Read every setting, or raise one `SettingsError` with all their faults.

    `spared` names required settings that may be missing, because the caller does not need them. `unreadable` has a
    sentence about each line of `.env` that was skipped.
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
    comfyui_urls: tuple[ServerAddress, ...] = read("COMFYUI_URLS", read_addresses, ())
    comfyui_urls = read("COMFYUI_HEADERS", lambda text: opened(comfyui_urls, read_headers(text)), comfyui_urls)
    runpod_url = read("RUNPOD_URL", read_service_url, "")
    comfyui_urls = read("RUNPOD_API_KEY", lambda key: with_runpod_key(comfyui_urls, key, runpod_url), comfyui_urls)
    comfyui_urls = read(
        "COMFY_API_KEY", lambda key: with_key(comfyui_urls, Kind.API_V2, key) if key else comfyui_urls, comfyui_urls
    )
    data_dir = read("DATA_DIR", Path, Path())
    database_url = read("DATABASE_URL", read_database_url, "") or _sqlite_url(data_dir)
    shard_count = read("SHARD_COUNT", read_positive, 1)
    shard_ids: tuple[int, ...] = read("SHARD_IDS", read_ids, ())
    shard_ids = shard_ids or tuple(range(shard_count))
    if beyond := [one for one in shard_ids if one >= shard_count]:
        faults.append(f"SHARD_IDS has {beyond[0]}, but with SHARD_COUNT={shard_count} the last is {shard_count - 1}.")
    roles: frozenset[str] = read("ROLES", read_roles, frozenset())
    if ((roles and roles != ROLES) or len(shard_ids) < shard_count) and database_url.startswith("sqlite"):
        faults.append(
            "ROLES or SHARD_IDS split the work between processes, which needs PostgreSQL: set DATABASE_URL to one."
        )
    picture_check: tuple[str, ...] = read("PICTURE_CHECK", read_words, ())
    certificate = read("C2PA_CERTIFICATE", read_certificate, b"")
    settings = Settings(
        discord_token=discord_token,
        comfyui_urls=comfyui_urls,
        comfyui_ca_file=read("COMFYUI_CA_FILE", read_ca_file, None),
        comfyui_command=read("COMFYUI_COMMAND", read_words, ()),
        gpu_rules=read_gpu_rules(read, comfyui_urls),
        spending=read_spending(read, comfyui_urls, faults),
        database_url=database_url,
        data_dir=data_dir,
        workflows_dir=read("WORKFLOWS_DIR", Path, Path()),
        wildcards_dir=read("WILDCARDS_DIR", Path, Path()),
        workflow_nodes=read("WORKFLOW_NODES", read_names, ()),
        roles=roles,
        shard_count=shard_count,
        shard_ids=shard_ids,
        picture_check=picture_check,
        history_days=read("HISTORY_DAYS", read_days, 0),
        caps=read_caps(read),
        http_address=read("HTTP_PORT", read_http_address, None),
        public_url=read("PUBLIC_URL", read_public_url, ""),
        public_address=read("PUBLIC_PORT", read_http_address, None),
        embedded_graph=read("EMBEDDED_GRAPH", read_embedded_graph, EMBEDDED_GRAPHS[0]),
        ai_mark=read("AI_MARK", read_switch, True),  # noqa: FBT003 - what stands in for a wrong value
        credentials=read("C2PA_KEY", lambda text: read_credentials(certificate, text), None),
        owner_ids=read("OWNER_IDS", read_ids, ()),
        test_guild_ids=read("TEST_GUILD_IDS", read_ids, ()),
        log_level=read("LOG_LEVEL", read_level, logging.INFO),
        log_format=read("LOG_FORMAT", read_log_format, "text"),
        direct_messages=read_direct_messages(read, has_check=bool(picture_check)),
        unknown=(
            *unreadable,
            *explain_unknown(environment, [variable.name for variable in VARIABLES]),
            *_missing_folders(environment),
        ),
    )
    health, page = settings.http_address, settings.public_address
    if settings.public_url and health is not None and page is not None and health[1] == page[1]:
        faults.append(f"PUBLIC_PORT and HTTP_PORT are both {page[1]}: health and metrics need a port of their own.")
    if settings.credentials is not None and not settings.ai_mark:
        faults.append(
            "C2PA_CERTIFICATE needs AI_MARK=on: with AI_MARK=off files stay as they are, so nothing is signed."
        )
    if faults:
        raise SettingsError((*faults, *settings.unknown))
    return settings


def _sqlite_url(data_dir: Path) -> str:
    """The database that is used if DATABASE_URL is empty."""
    return f"{SQLITE}{data_dir / 'darkroom.db'}"


def _missing_folders(environment: Mapping[str, str]) -> Iterator[str]:
    """A sentence about each folder that the operator has named and that is missing. The usual ones may be."""
    for variable in VARIABLES:
        folder = environment.get(variable.name, "").strip()
        named = variable.name in {"WORKFLOWS_DIR", "WILDCARDS_DIR"} and folder not in {"", variable.default}
        if named and not Path(folder).is_dir():
            yield f"{variable.name}: there is no folder {folder}."
