"""Every setting: its name, its default and its purpose, as `.env.example` has them."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.addresses import masked
from bot.settings.doors import shown_headers


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
        "the ComfyUI servers, comma-separated; with a password: http://user:password@host; with a token: "
        "https://host/?token=…; with Comfy API v2: comfyapi+https://cloud.comfy.org",
        _shown_addresses,
    ),
    Variable(
        "COMFYUI_HEADERS",
        "",
        "headers for servers behind a login, like Authorization: Bearer TOKEN for all of them, or http://host:8188 => "
        "Name: value; Other: value for one; | between servers",
        shown_headers,
    ),
    Variable(
        "COMFY_API_KEY",
        "",
        "the key for servers with Comfy API v2 (comfyapi+https://…), unless COMFYUI_HEADERS gives one its own",
        lambda _: "…",
    ),
    Variable(
        "COMFYUI_CA_FILE",
        "",
        "a PEM file with the certificate authority (or the self-signed certificate) of your https servers; empty: what "
        "this machine trusts",
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
