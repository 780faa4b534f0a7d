"""The plan of bot/: what each room may import, its parts from the ground up, and where libraries may be used."""

# Room -> the rooms it may import. A room is a module or a folder directly in bot/.
ROOMS: dict[str, frozenset[str]] = {
    "version": frozenset(),
    "errors": frozenset(),
    "translation": frozenset(),
    "redaction": frozenset(),
    "operating_system": frozenset(),
    "logs": frozenset({"redaction", "version"}),
    "concurrency": frozenset(),
    "money": frozenset(),
    # The library for signatures, behind one door.
    "content_credentials": frozenset(),
    "addresses": frozenset(),
    "setting_names": frozenset(),
    "settings": frozenset({"errors", "addresses", "content_credentials", "money", "operating_system", "setting_names"}),
    # Started apart, every few seconds, by the container's engine: it imports next to nothing.
    "health_check": frozenset({"addresses"}),
    "spool": frozenset({"errors", "operating_system"}),
    "pictures": frozenset({"errors", "content_credentials"}),
    # A web server of its own: what it needs of the bot is handed to it.
    "paint_page": frozenset({"errors", "translation", "spool"}),
    "discord_limits": frozenset(),
    "discord_times": frozenset(),
    # One bot, once: for the start, and for the rooms that report what it found.
    "instances": frozenset({"errors", "operating_system"}),
    # What is private in discord.py, for every feature that needs it.
    "discord_internals": frozenset(),
    "conversions": frozenset({"content_credentials", "errors", "pictures", "operating_system", "spool"}),
    "picture_check": frozenset({"errors", "operating_system"}),
    "workflows": frozenset({"errors", "settings"}),
    "comfyui": frozenset(
        {
            "errors",
            "concurrency",
            "redaction",
            "settings",
            "addresses",
            "operating_system",
            "workflows",
        }
    ),
    # Jobs, limits and order are rows: how a job is run is none of the ledger's business.
    "ledger": frozenset({"errors", "concurrency", "money", "settings", "operating_system"}),
    "messages": frozenset(
        {
            "money",
            "discord_times",
            "discord_internals",
            "discord_limits",
            "translation",
            "errors",
            "operating_system",
            "settings",
            "spool",
            "pictures",
            "workflows",
            "comfyui",
            "ledger",
        }
    ),
    # A guild's own workflows: the gateway and the worker both load them.
    "uploads": frozenset({"errors", "translation", "ledger", "workflows"}),
    "moderation": frozenset(
        {"discord_limits", "discord_times", "translation", "errors", "settings", "ledger", "messages", "workflows"}
    ),
    "worker": frozenset(
        {
            "money",
            "discord_internals",
            "discord_limits",
            "discord_times",
            "translation",
            "logs",
            "errors",
            "concurrency",
            "settings",
            "operating_system",
            "spool",
            "pictures",
            "conversions",
            "picture_check",
            "workflows",
            "comfyui",
            "ledger",
            "messages",
        }
    ),
    # What it shows is the operator's business, and nobody's below.
    "monitoring": frozenset({"errors", "instances", "ledger", "money"}),
    "discord_ui": frozenset(
        {
            "logs",
            "discord_times",
            "instances",
            "discord_internals",
            "discord_limits",
            "translation",
            "errors",
            "concurrency",
            "settings",
            "spool",
            "pictures",
            "paint_page",
            "conversions",
            "workflows",
            "comfyui",
            "ledger",
            "messages",
            "uploads",
            "moderation",
            "worker",
        }
    ),
    "terminal": frozenset(
        {
            "version",
            "content_credentials",
            "errors",
            "redaction",
            "money",
            "settings",
            "addresses",
            "pictures",
            "workflows",
            "comfyui",
            "ledger",
            "messages",
        }
    ),
    "doctor": frozenset(
        {
            "version",
            "content_credentials",
            "money",
            "discord_internals",
            "errors",
            "operating_system",
            "settings",
            "instances",
            "workflows",
            "comfyui",
            "ledger",
            "messages",
        }
    ),
    "roles": frozenset(
        {
            "discord_times",
            "instances",
            "discord_internals",
            "errors",
            "settings",
            "spool",
            "conversions",
            "workflows",
            "comfyui",
            "ledger",
            "messages",
            "uploads",
            "moderation",
            "worker",
            "discord_ui",
            "monitoring",
            "operating_system",
            "paint_page",
            "picture_check",
        }
    ),
    "__main__": frozenset(
        {
            "concurrency",
            "instances",
            "logs",
            "addresses",
            "operating_system",
            "monitoring",
            "roles",
            "doctor",
            "terminal",
            "errors",
            "settings",
            "pictures",
            "picture_check",
            "workflows",
            "comfyui",
            "ledger",
            "messages",
            "worker",
            "discord_ui",
        }
    ),
}

# Room -> its packages and modules, from the ground up: each may import those before it, and itself. What stands in the
# room's `__init__` is for others.
INSIDE: dict[str, tuple[str, ...]] = {
    "settings": (
        *("each_server", "doors", "keys", "variables", "values", "caps", "direct_messages", "quiet_hours", "gpu_rules"),
        *("spending", "settings"),
    ),
    "workflows": (
        *("workflow_key", "graphs", "name_search", "prompts", "loras", "tracing", "safety", "manifests", "outputs"),
        *("binding", "imports", "styles", "library"),
    ),
    "comfyui": (
        *("protocol", "server", "sent_prompts", "http", "connection", "api_v2", "runpod", "kinds", "progress", "runs"),
        "local_server",
    ),
    "ledger": (
        "jobs",
        "signals",
        "polling",
        "database",
        "migrations",
        "listener",
        "links",
        "prompts",
        "servers",
        "shares",
        "spending",
        "candidates",
        "queue",
        "moderation",
        "members",
        "grids",
        "interactions",
        "shelf",
        "pruning",
        "history",
        "personal_data",
        "queries",
        "ledger",
    ),
    "messages": ("rendering", "requests", "delivery"),
    "worker": (
        "server_names",
        "leases",
        "considerate",
        "sockets",
        "files",
        "moderators",
        "housekeeping",
        "placement",
        "foreign_work",
        "run",
        "jobs_from_before",
        "server_offers",
        "server_trouble",
        "server_presence",
        "server_loop",
    ),
    "discord_ui": (
        "core",
        "bot",
        "access",
        "requests",
        "grid",
        "settings",
        "painting",
        "recipes",
        "images",
        "queue",
        "history",
        "privacy",
        "workflows",
        "moderation",
        "styles",
        "machine",
        "operator",
        "app",
    ),
}

# Library -> the rooms that may import it; a library that is not named here may be used anywhere.
LIBRARIES: dict[str, frozenset[str]] = {
    "PIL": frozenset({"pictures"}),
    # An extra, which an ordinary install has not.
    "c2pa": frozenset({"content_credentials"}),
    "cryptography": frozenset({"content_credentials"}),
    "alembic": frozenset({"ledger"}),
    # Under the AGPL: only the program that is started apart may load it.
    "nudenet": frozenset({"picture_check"}),
    "tomlkit": frozenset({"workflows"}),
    "wakeonlan": frozenset({"worker"}),
    "asyncpg": frozenset({"ledger"}),
    "sqlalchemy": frozenset({"ledger"}),
    "itsdangerous": frozenset({"discord_ui"}),
    "aiohttp": frozenset(
        {
            "comfyui",
            "discord_internals",
            "paint_page",
            "messages",
            "worker",
            "monitoring",
            "discord_ui",
            "doctor",
            "roles",
            "__main__",
        }
    ),
    "prometheus_client": frozenset({"monitoring"}),
    "discord": frozenset(
        {"discord_internals", "messages", "moderation", "worker", "discord_ui", "doctor", "roles", "__main__"}
    ),
    "dotenv": frozenset({"setting_names", "health_check", "__main__"}),
}
