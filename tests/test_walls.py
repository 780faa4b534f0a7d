"""Imports in bot/ run one way, libraries stay in their rooms, and only __main__ reads the environment."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.room_plan import INSIDE, LIBRARIES, ROOMS

ROOT = Path(__file__).parents[1]

MOST_MODULES = 12
"""Beside each other in one folder: it can be taken in at a glance."""

# What is started by itself, and so reads the environment.
PROGRAMS = frozenset({"__main__", "health_check"})

ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"})


@dataclass(frozen=True, slots=True)
class Import:
    line: int
    module: str  # absolute, as in "bot.workflows.manifests"


def module_name(path: Path) -> str:
    """The dotted name of a file, given relative to the root: bot/worker/__init__.py -> bot.worker."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """The room of an absolute module name inside bot; "" is bot/__init__.py itself."""
    return module.split(".")[1] if "." in module else ""


def imports(tree: ast.Module, path: Path) -> Iterator[Import]:
    """Every import, wherever it stands; `from bot.room import x` counts as bot.room.x."""
    package = path.parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            origin = ".".join((*above, *([node.module] if node.module else [])))
            if origin.partition(".")[0] == "bot":
                yield from (Import(node.lineno, f"{origin}.{name.name}") for name in node.names)
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
        found.append((1, f"{room} is no room that tests/room_plan.py knows; say there what it may import"))
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


def misplaced(path: Path, source: str) -> list[str]:
    """Imports of one file that go against the order inside its room."""
    room, *inside = module_name(path).split(".")[1:]
    order = INSIDE.get(room)
    if order is None or not inside:
        return []
    if inside[0] not in order:
        return [f"{path.as_posix()}: {inside[0]} has no place in the order of {room}"]
    below = order[: order.index(inside[0]) + 1]
    found = []
    for imported in imports(ast.parse(source), path):
        target, _, rest = imported.module.removeprefix("bot.").partition(".")
        if imported.module.startswith("bot.") and target == room and rest.partition(".")[0] not in below:
            found.append(
                f"{path.as_posix()}:{imported.line}: {inside[0]} imports {imported.module}, which stands above it"
            )
    return found


def test_imports_run_one_way_inside_a_room() -> None:
    files = [file for room in INSIDE for file in sorted((ROOT / "bot" / room).rglob("*.py"))]
    found = [line for file in files for line in misplaced(file.relative_to(ROOT), file.read_text(encoding="utf-8"))]
    assert not found, "\n" + "\n".join(found)
    for room, order in INSIDE.items():
        gone = [part for part in order if not list((ROOT / "bot" / room).glob(f"{part}*"))]
        assert not gone, f"{room} has no {gone} any more"


def test_no_two_modules_import_each_other() -> None:
    """However far round: an import for types alone is one as well."""
    files = {module_name(file.relative_to(ROOT)): file for file in sorted((ROOT / "bot").rglob("*.py"))}
    below: dict[str, set[str]] = {module: set() for module in files}
    for module, file in files.items():
        path = file.relative_to(ROOT)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
                named = {f"{node.module}.{name.name}" for name in node.names}
                whole = set() if named <= files.keys() else {node.module}
                below[module] |= (named | whole) & files.keys()
        assert module not in below[module], f"{path} imports itself"
    while leaves := [module for module, targets in below.items() if not targets & below.keys()]:
        for module in leaves:
            del below[module]
    assert not below, f"these, or what stands between them, import each other: {sorted(below)}"


def test_a_worker_loads_nothing_of_the_user_interface() -> None:
    """Only the gateway role imports it, when it starts."""
    program = "import sys, bot.__main__; print(*(name for name in sys.modules if name.startswith('bot.')))"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True)
    rooms = {room_of(name) for name in loaded.stdout.split()}
    assert {"roles", "worker", "messages"} <= rooms
    assert "discord_ui" not in rooms


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    folders = {file.parent for file in (ROOT / "bot").rglob("*.py")}
    # Migrations are never merged or removed.
    folders.discard(ROOT / "bot/ledger/migrations/versions")
    counts = {folder.relative_to(ROOT): len(list(folder.glob("*.py"))) for folder in sorted(folders)}
    crowded = {folder.as_posix(): count for folder, count in counts.items() if count > MOST_MODULES}
    assert not crowded


def test_rooms_form_no_circle() -> None:
    seen: set[str] = set()
    for room, below in ROOMS.items():
        assert below <= seen, f"{room} may import {sorted(below - seen)}, which stand above it"
        seen.add(room)


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        (
            "bot/workflows/pack.py",
            "import bot.comfyui.connection.client",
            "workflows imports bot.comfyui.connection.client",
        ),
        ("bot/workflows/pack.py", "from bot import comfyui", "workflows imports bot.comfyui"),
        ("bot/workflows/pack.py", "from ..comfyui import client", "workflows imports bot.comfyui"),
        ("bot/workflows/__init__.py", "from .. import worker", "workflows imports bot.worker"),
        ("bot/comfyui/client.py", "def late():\n    import discord.ext.commands", "comfyui imports discord"),
        ("bot/ledger/jobs.py", "from bot.workflows import Pack", "ledger imports bot.workflows"),
        (
            "bot/ledger/jobs.py",
            "from bot.comfyui.protocol.events import Event",
            "ledger imports bot.comfyui.protocol.events",
        ),
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
