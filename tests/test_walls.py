"""Imports in bot/ run one way, libraries stay in their rooms, and only __main__ reads the environment."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Room -> the rooms it may import. A room is a module or a folder directly in bot/.
ROOMS: dict[str, frozenset[str]] = {
    "errors": frozenset(),
    "redaction": frozenset(),
    "logs": frozenset({"redaction"}),
    "open_files": frozenset(),
    "private_files": frozenset(),
    "process_groups": frozenset(),
    "stop_signals": frozenset(),
    "addresses": frozenset(),
    "command_lines": frozenset(),
    "settings": frozenset({"errors", "addresses", "command_lines"}),
    # Started apart, every few seconds, by the container's engine: it imports next to nothing.
    "health_check": frozenset({"errors", "settings"}),
    "spool": frozenset({"errors"}),
    "pictures": frozenset({"errors"}),
    "conversions": frozenset({"errors", "pictures", "process_groups", "spool"}),
    "picture_check": frozenset({"errors", "process_groups"}),
    "plots": frozenset(),
    "discord_limits": frozenset(),
    # What is private in discord.py, for whoever needs it.
    "discord_internals": frozenset(),
    "workflows": frozenset({"errors", "settings"}),
    "comfyui": frozenset(
        {"errors", "settings", "addresses", "command_lines", "private_files", "process_groups", "workflows"}
    ),
    # Jobs, limits and order are rows: how a job is run is none of the ledger's business.
    "ledger": frozenset({"errors", "settings", "private_files"}),
    "messages": frozenset(
        {
            "discord_internals",
            "discord_limits",
            "errors",
            "settings",
            "spool",
            "pictures",
            "workflows",
            "comfyui",
            "ledger",
        }
    ),
    # A guild's own workflows: kept, checked and loaded, whoever asks.
    "uploads": frozenset({"errors", "ledger", "workflows"}),
    "moderation": frozenset({"errors", "ledger", "messages", "workflows"}),
    "worker": frozenset(
        {
            "discord_limits",
            "logs",
            "errors",
            "settings",
            "spool",
            "pictures",
            "conversions",
            "plots",
            "picture_check",
            "workflows",
            "comfyui",
            "ledger",
            "messages",
        }
    ),
    # What it shows is the operator's business, and nobody's below.
    "monitoring": frozenset({"errors", "ledger"}),
    "discord_ui": frozenset(
        {
            "discord_internals",
            "discord_limits",
            "errors",
            "settings",
            "spool",
            "pictures",
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
        {"errors", "redaction", "settings", "addresses", "pictures", "workflows", "comfyui", "messages"}
    ),
    "doctor": frozenset({"discord_internals", "errors", "settings", "workflows", "comfyui", "ledger", "messages"}),
    "roles": frozenset(
        {
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
            "open_files",
            "stop_signals",
            "picture_check",
        }
    ),
    "__main__": frozenset(
        {
            "logs",
            "addresses",
            "private_files",
            "stop_signals",
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

# Inside discord_ui, from the ground up: each may import those before it, and itself.
DISCORD_UI = (
    "core",
    "bot",
    "access",
    "requests",
    "recipes",
    "images",
    "queue",
    "history",
    "workflows",
    "moderation",
    "app",
)

# Library -> the rooms that may import it; a library that is not named here may be used anywhere.
LIBRARIES: dict[str, frozenset[str]] = {
    "PIL": frozenset({"pictures", "plots"}),
    "alembic": frozenset({"ledger"}),
    # Under the AGPL: only the program that is started apart may load it.
    "nudenet": frozenset({"picture_check"}),
    "autograph": frozenset({"workflows"}),
    "tomlkit": frozenset({"workflows"}),
    "asyncpg": frozenset({"ledger"}),
    "sqlalchemy": frozenset({"ledger"}),
    "aiohttp": frozenset({"comfyui", "messages", "worker", "monitoring", "discord_ui", "doctor", "roles", "__main__"}),
    "prometheus_client": frozenset({"monitoring"}),
    "discord": frozenset(
        {"discord_internals", "messages", "moderation", "worker", "discord_ui", "doctor", "roles", "__main__"}
    ),
    "dotenv": frozenset({"settings", "health_check", "__main__"}),
}

# What is started by itself, and so reads the environment.
PROGRAMS = frozenset({"__main__", "health_check"})

ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"})


@dataclass(frozen=True, slots=True)
class Import:
    line: int
    module: str  # absolute, as in "bot.workflows.pack"


def module_name(path: Path) -> str:
    """The dotted name of a file, given relative to the root: bot/worker/__init__.py -> bot.worker."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """The room of an absolute module name inside bot; "" is bot/__init__.py itself."""
    return module.split(".")[1] if "." in module else ""


def imports(tree: ast.Module, path: Path) -> Iterator[Import]:
    """Every import, wherever it stands; `from bot import x` counts as bot.x."""
    package = path.parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            origin = ".".join((*above, *([node.module] if node.module else [])))
            if origin == "bot":
                yield from (Import(node.lineno, f"bot.{name.name}") for name in node.names)
            else:
                yield Import(node.lineno, origin)


def environment_reads(tree: ast.Module) -> Iterator[int]:
    """Lines that touch os.environ or one of its relatives."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr=attr) if attr in ENVIRONMENT:
                yield node.lineno
            case ast.ImportFrom(module="os", names=names) if ENVIRONMENT & {name.name for name in names}:
                yield node.lineno


def hidden_imports(tree: ast.Module) -> Iterator[int]:
    """Lines that import by a name that is computed, where this test cannot look."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="__import__" | "import_module")):
                yield node.lineno
            case ast.Call(func=ast.Attribute(attr="import_module")):
                yield node.lineno


def breaches(path: Path, source: str) -> list[str]:
    """What is wrong with one file, given relative to the root: `place: sentence`, in the order of lines."""
    tree = ast.parse(source)
    room = room_of(module_name(path))
    found: list[tuple[int, str]] = []
    if room and room not in ROOMS:
        found.append((1, f"{room} is no room that tests/test_walls.py knows; say there what it may import"))
    for imported in imports(tree, path):
        top = imported.module.partition(".")[0]
        target = room_of(imported.module) if top == "bot" else ""
        allowed = ROOMS.get(room, frozenset())
        if target and target != room and target not in allowed:
            reach = ", ".join(sorted(allowed)) or "nothing"
            found.append((imported.line, f"{room or 'bot'} imports {imported.module}; of bot it may import {reach}"))
        if room not in LIBRARIES.get(top, {room}):
            homes = ", ".join(sorted(LIBRARIES[top]))
            found.append((imported.line, f"{room or 'bot'} imports {top}, which is for {homes}"))
    if room not in PROGRAMS:
        found += [(line, "only bot/__main__.py reads the environment") for line in environment_reads(tree)]
    found += [(line, "an import by a computed name gets past the walls") for line in hidden_imports(tree)]
    return [f"{path.as_posix()}:{line}: {sentence}" for line, sentence in sorted(found)]


def test_every_module_of_bot_keeps_to_its_room() -> None:
    files = sorted((ROOT / "bot").rglob("*.py"))
    assert files
    found = [breach for file in files for breach in breaches(file.relative_to(ROOT), file.read_text(encoding="utf-8"))]
    assert not found, "\n" + "\n".join(found)


def test_the_bot_knows_no_feature_and_features_import_one_way() -> None:
    found = []
    for file in sorted((ROOT / "bot" / "discord_ui").rglob("*.py")):
        path = file.relative_to(ROOT)
        part = path.parts[2].removesuffix(".py")
        for imported in imports(ast.parse(file.read_text(encoding="utf-8")), path):
            names = imported.module.split(".")
            if names[:2] != ["bot", "discord_ui"] or part == "__init__":
                continue
            if DISCORD_UI.index(names[2]) > DISCORD_UI.index(part):
                found.append(f"{path.as_posix()}:{imported.line}: {part} imports {imported.module}")
    assert not found, "\n" + "\n".join(found)


def test_rooms_form_no_circle() -> None:
    seen: set[str] = set()
    for room, below in ROOMS.items():
        assert below <= seen, f"{room} may import {sorted(below - seen)}, which stand above it"
        seen.add(room)


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("bot/workflows/pack.py", "import bot.comfyui.client", "workflows imports bot.comfyui.client"),
        ("bot/workflows/pack.py", "from bot import comfyui", "workflows imports bot.comfyui"),
        ("bot/workflows/pack.py", "from ..comfyui import client", "workflows imports bot.comfyui"),
        ("bot/workflows/__init__.py", "from .. import worker", "workflows imports bot.worker"),
        ("bot/comfyui/client.py", "def late():\n    import discord.ext.commands", "comfyui imports discord"),
        ("bot/ledger/jobs.py", "from bot.workflows import Pack", "ledger imports bot.workflows"),
        ("bot/ledger/jobs.py", "from bot.comfyui.events import Event", "ledger imports bot.comfyui.events"),
        ("bot/messages/writer.py", "from sqlalchemy import select", "messages imports sqlalchemy"),
        ("bot/worker/loop.py", "import bot.discord_ui", "worker imports bot.discord_ui"),
        ("bot/errors.py", "from bot.settings import Settings", "of bot it may import nothing"),
        ("bot/pictures/fitting.py", "from bot.workflows import Pack", "pictures imports bot.workflows"),
        ("bot/__init__.py", "from bot import settings", "bot imports bot.settings"),
        (
            "bot/settings.py",
            "import os\nTOKEN = os.environ['DISCORD_TOKEN']",
            "settings.py:2: only bot/__main__",
        ),
        ("bot/settings.py", "from os import getenv", "only bot/__main__.py reads"),
        ("bot/worker/loop.py", "importlib.import_module('bot.discord_ui')", "computed name"),
        ("bot/utils/text.py", "", "utils is no room"),
    ],
)
def test_a_breach_is_named_with_its_place(path: str, source: str, expected: str) -> None:
    found = breaches(Path(path), source)
    assert len(found) == 1
    assert found[0].startswith(f"{path}:")
    assert expected in found[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("bot/workflows/pack.py", "from bot.errors import DarkroomError\nfrom . import graph\nimport bot"),
        ("bot/worker/loop.py", "import aiohttp\nimport discord\nfrom bot import ledger, pictures"),
        ("bot/__main__.py", "import os\nfrom bot import discord_ui\nprint(os.environ, os.getenv('HOME'))"),
        ("bot/comfyui/process.py", "import os\nprint(os.getpid(), environ)"),
    ],
)
def test_what_is_allowed_is_no_breach(path: str, source: str) -> None:
    assert breaches(Path(path), source) == []
