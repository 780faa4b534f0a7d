"""Every setting: its name, its default and its purpose, as `.env.example` has them."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.addresses import RUNPOD_URL, masked, masked_addresses, masked_scheme
from bot.settings.logins import shown_headers


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its default as written in `.env.example` (None: required) and its purpose.

    `shown` gives the part of a wrong value that a fault may repeat.
    """

    name: str
    default: str | None
    purpose: str
    shown: Callable[[str], str] = str


VARIABLES = (
    Variable("DISCORD_TOKEN", None, "the bot's token, from the Discord developer portal (page Bot)"),
    Variable(
        "COMFYUI_URLS",
        "http://127.0.0.1:8188",
        "the ComfyUI servers, comma-separated; with a password: http://user:password@host; with a token: "
        "https://host/?token=…; with Comfy API v2: comfyapi+https://cloud.comfy.org; an endpoint of RunPod: "
        "runpod://ENDPOINT",
        masked_addresses,
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
    Variable("RUNPOD_API_KEY", "", "the key for RunPod's endpoints in COMFYUI_URLS", lambda text: "…" if text else ""),
    Variable("RUNPOD_URL", RUNPOD_URL, "where RunPod's endpoints are; only tests need another place", masked),
    Variable(
        "COMFYUI_COMMAND",
        "",
        "starts a ComfyUI on this machine with the bot, like python /srv/ComfyUI/main.py --preview-method auto, or "
        "comfy (comfy-cli finds its own); empty: starts none",
    ),
    Variable(
        "IDLE_FREE_MINUTES",
        "",
        "after how many minutes without work a ComfyUI unloads its models, like 10; empty: it keeps them; for one "
        "server: http://host:8188 => 10; | between servers, as in the next four settings",
    ),
    Variable(
        "QUIET_HOURS",
        "",
        "when the GPU rests every day, with a time zone, like 23:00-07:00 Europe/Berlin; requests wait until then",
    ),
    Variable(
        "BUSY_COMMAND",
        "",
        "a command that exits 0 while somebody else needs the GPU, like pgrep -x game; nothing new starts meanwhile; "
        "no shell reads it",
    ),
    Variable("BUSY_RUNNING", "finish", "what happens then to an image that is running: finish, or return to the queue"),
    Variable(
        "WAKE_MAC",
        "",
        "the MAC address of a machine that sleeps and is woken when somebody waits, like A1:B2:C3:D4:E5:F6; in another "
        "network: A1:B2:C3:D4:E5:F6@192.168.1.255",
    ),
    Variable(
        "PRICE_PER_SECOND",
        "",
        "what a second of a server costs, in the currency that its provider charges, like 0.00044; for one server: "
        "runpod://ENDPOINT => 0.00044; | between servers; empty: nothing",
    ),
    Variable(
        "SPEND_LIMIT",
        "",
        "how much all servers together may cost in a calendar month (UTC), in the same currency, like 20; then "
        "requests for paid servers wait; empty: no limit",
    ),
    Variable(
        "COMFY_PARTNER_KEY",
        "",
        "the Comfy API key that pays for partner nodes; empty: workflows with such nodes are refused",
        lambda text: "…" if text else "",
    ),
    Variable(
        "PARTNER_GUILDS", "", "the ids of the Discord servers that may use partner nodes, comma-separated; empty: none"
    ),
    Variable("PARTNER_PRICE", "", "what one job with partner nodes counts as, in the same currency, like 0.05"),
    Variable(
        "DATABASE_URL",
        "",
        "the database; empty: an SQLite file in DATA_DIR; several machines need a PostgreSQL that all of them can "
        "reach, like postgresql+asyncpg://user:password@host/darkroom",
        masked_scheme,
    ),
    Variable("DATA_DIR", "data", "the folder for everything that the bot stores"),
    Variable("WORKFLOWS_DIR", "workflows", "the folder with the workflow packs (NAME.json, NAME.toml)"),
    Variable("WILDCARDS_DIR", "wildcards", "the folder with the wildcards for prompts (NAME.txt, one line each)"),
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
    Variable(
        "DIRECT_MESSAGES",
        "off",
        "whether members can request images in direct messages: on or off; a member who is blocked in a server that "
        "has the bot is blocked there, too",
    ),
    Variable(
        "DM_QUEUED", "", "how many requests a member can have waiting in direct messages, like 3; empty: no limit"
    ),
    Variable(
        "DM_DAILY",
        "",
        "how many images a member can request in direct messages in 24 hours, like 50; empty: no limit",
    ),
    Variable(
        "DM_WORDS",
        "",
        "words and phrases that are refused in direct messages, comma-separated, or a file with one a line, like "
        "words.txt",
    ),
    Variable(
        "DM_CHECK",
        "",
        "what happens in direct messages to images that the image check objects to: off, or refuse or spoiler with how "
        "sure it has to be, like refuse 50; empty: refuse 50 if PICTURE_CHECK is set, else off",
    ),
    Variable("HISTORY_DAYS", "90", "how many days to keep jobs after they end; 0: forever"),
    Variable(
        "MAX_SIZE",
        "",
        "the largest image that anybody may request, like 1536x1536 or a number of pixels; empty: no cap; no Discord "
        "server can raise this cap or the next five",
    ),
    Variable("MAX_STEPS", "", "the most sampling steps that a request may have; empty: no cap"),
    Variable("MAX_IMAGES", "", "the most images that a request may ask for at once; empty: no cap"),
    Variable("MAX_FRAMES", "", "the most frames that a video may have; empty: no cap"),
    Variable("GUILD_QUEUED", "", "the most jobs that may wait at once for one Discord server; empty: no cap"),
    Variable(
        "GUILD_DISK",
        "",
        "the most megabytes that the files and grids of one Discord server may take in the database; empty: no cap",
    ),
    Variable(
        "EMBEDDED_GRAPH",
        "keep",
        "what happens to the workflow that ComfyUI writes into its PNGs: keep, strip, or recipe (only prompt, seed, "
        "workflow and options)",
    ),
    Variable("AI_MARK", "on", "whether files say by IPTC's standard that a machine made them: on or off"),
    Variable(
        "C2PA_CERTIFICATE",
        "",
        "a PEM file with the certificate that signs every file (Content Credentials) and those above it; needs "
        "C2PA_KEY, and darkroom[c2pa] installed; empty: nothing is signed",
    ),
    Variable("C2PA_KEY", "", "a PEM file with the private key of C2PA_CERTIFICATE, without a password"),
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
        "PUBLIC_URL",
        "",
        "where members reach the paint page, like https://paint.example.org: a reverse proxy there passes on to "
        "PUBLIC_PORT; empty: no page",
        masked_addresses,
    ),
    Variable("PUBLIC_PORT", "8480", "the port of the paint page, for this machine only, or like 0.0.0.0:8480"),
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
