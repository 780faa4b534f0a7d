"""The documentation is true as far as a program can tell: links, images, commands, settings, metrics, imports."""

import ast
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from discord import app_commands

from bot.discord_ui import FEATURES, own_commands
from bot.monitoring import Metrics
from bot.settings import VARIABLES
from bot.terminal import read_arguments
from tests.packs.shipped import PACKS
from tests.room_plan import INSIDE
from tests.test_walls import imports, module_name, room_of

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
INDEX: Final = ROOT / "docs" / "index.md"
COMMANDS: Final = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
CLAIMS: Final = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
DASHBOARD: Final = ROOT / "docs" / "grafana-dashboard.json"

_LINK: Final = re.compile(r"(?:\]\(|<img src=\")([^)\s\"]+)[)\"]")
_NOT_SETTINGS: Final = {"TEST_DATABASE_URL", "POSTGRES_PASSWORD", "HOSTNAME", "COMFYUI_VERSION", "PIP_EXTRA_INDEX_URL"}
"""Written like settings of the bot; they are the tests’, the database’s, the machine’s and the builder’s."""


OF_DISCORD: Final = "The application did not respond"


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(text: str) -> str:
    """The text without blocks of code."""
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What can be linked to within a page, as GitHub names it."""
    headings = re.findall(r"^#+ (.+)$", prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_and_image_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(prose(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert anchor in anchors(target), link


def test_the_first_page_lists_every_other_once() -> None:
    parts = prose(INDEX.read_text(encoding="utf-8")).partition("\n## ")[2]
    listed = [(INDEX.parent / link.partition("#")[0]).resolve() for link in _LINK.findall(parts)]
    assert sorted(listed) == [page for page in PAGES if page != INDEX]


def test_every_image_is_shown_on_a_page_and_says_what_it_shows() -> None:
    texts = {page: page.read_text(encoding="utf-8") for page in PAGES}
    shown = {(page.parent / link).resolve() for page, text in texts.items() for link in _LINK.findall(text)}
    assert {*INDEX.parent.glob("*.png"), *INDEX.parent.glob("*.webp")} <= shown
    assert not [name_of(page) for page, text in texts.items() if re.search(r"!\[\]|<img (?![^>]*alt=\"\w)", text)]


def paths(commands: Iterable[Any], before: str = "") -> Iterator[str]:
    """Each command as it is typed, without the slash."""
    for command in commands:
        name = f"{before}{command.name}"
        if isinstance(command, app_commands.Group):
            yield from paths(command.commands, f"{name} ")
        else:
            yield name


BOTS: Final = frozenset(paths(own_commands()))
OF_PACKS: Final = frozenset(pack.command for pack in PACKS.values() if pack.command not in {None, "imagine"})


def written(item: str) -> Iterator[str]:
    """The commands at the beginning of a list's item: `/x y`, `z` are `x y` and `x z`."""
    last = ""
    for code in re.findall(r"`([^`]+)`", item):
        if code.startswith("/"):
            last = re.sub(r" \[.*| prompt\b.*", "", code[1:])
        else:
            last = f"{last.rpartition(' ')[0]} {code}"
        yield last


def test_the_lists_name_every_command_and_no_other() -> None:
    items = re.findall(r"^- (\[?`/.+?): ", COMMANDS, re.MULTILINE)
    named = [name for item in items for name in written(item)]
    assert sorted(named) == sorted({*BOTS, *OF_PACKS})


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    groups = {" ".join(words[:count]) for name in BOTS for words in [name.split()] for count in range(1, len(words))}
    known = {*BOTS, *OF_PACKS, *groups, "poster"}  # the last is the one that docs/workflows.md makes
    text = page.read_text(encoding="utf-8")
    for code in re.findall(r"(?:`|^)/([a-z][a-z ]*)(?=[`: \n])", text, re.MULTILINE):
        words = code.split()
        if words[0] not in {name.split()[0] for name in known}:
            assert code in {"queue", "history", "ws", "interrupt", "healthz", "metrics", "data"}, code
            continue
        beginnings = {" ".join(words[:count]) for count in range(1, len(words) + 1)}
        group = words[0] in groups
        assert beginnings & (BOTS if group and len(words) > 1 else known), code


def test_every_context_menu_is_named() -> None:
    assert all(f"**{menu.name}**" in COMMANDS for feature in FEATURES for make in feature.menus for menu in [make()])


def test_the_options_of_imagine_are_those_that_it_has() -> None:
    imagine = next(command for command in own_commands() if command.name == "imagine")
    assert isinstance(imagine, app_commands.Command)
    section = COMMANDS.partition("## Options of `/imagine`")[2].partition("\n## ")[0]
    assert re.findall(r"^- `(\w+)`:", section, re.MULTILINE) == [parameter.name for parameter in imagine.parameters]


def test_the_messages_that_troubleshooting_explains_are_those_of_the_program() -> None:
    """A message is in “…”, with “…” within it where the program fills something in."""
    spoken = [text for file in (ROOT / "bot").rglob("*.py") for text in strings_of(file)]
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    quoted = [part.strip() for quote in re.findall(r"“([^”]+)”", page) for part in quote.split("…") if part.strip()]
    assert [part for part in quoted if not any(part in text for text in spoken)] == [OF_DISCORD]


def strings_of(file: Path) -> Iterator[str]:
    """The texts in a module; those of an f-string up to each value."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_claim_has_a_test_or_a_command_that_exists() -> None:
    claims = re.findall(r"^- \*\*(.+?)\*\*(.+(?:\n  .+)*)", CLAIMS, re.MULTILINE)
    assert len(claims) > 30
    for claim, shown_by in claims:
        tests = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", shown_by)
        assert tests or re.search(r"`make |-m bot |\.github/", shown_by), claim
        for path, test in tests:
            assert f"def {test}" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{test}"


def test_every_command_of_the_program_that_a_page_names_exists(capsys: pytest.CaptureFixture[str]) -> None:
    named = {command for page in PAGES for command in re.findall(r"-m bot ([a-z]+)", page.read_text(encoding="utf-8"))}
    assert named == {"costs", "doctor", "generate", "workflows"}
    for command in named:
        assert read_arguments([command])[0].command == command
    with pytest.raises(SystemExit):
        read_arguments(["nonsense"])
    assert "nonsense" in capsys.readouterr().err


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_target_of_make_and_module_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    for module in re.findall(r"-m (tests[\w.]+)", text):
        path = ROOT.joinpath(*module.split("."))
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module
    for path in re.findall(r"`((?:bot|tests|workflows|docs|\.ci)/[\w./-]*)`", text):
        assert (ROOT / path).exists() or "NAME" in path or page.name == "workflows.md", path


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    names = {variable.name for variable in VARIABLES}
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"`([A-Z]+_[A-Z_]+)[`=/]", text) + re.findall(r"^([A-Z]+(?:_[A-Z]+)*)=", text, re.MULTILINE)
    assert set(found) <= names | _NOT_SETTINGS


def exposed() -> set[str]:
    """Every name under which Prometheus finds a figure of the bot's."""
    endings = {
        "counter": ("_total",),
        "gauge": ("",),
        "histogram": ("_bucket", "_sum", "_count"),
    }
    return {f"{family.name}{ending}" for family in Metrics().registry.collect() for ending in endings[family.type]}


def queries() -> Iterator[str]:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    for variable in dashboard["templating"]["list"]:
        yield str(variable["query"])


def test_the_dashboard_asks_for_every_figure_that_there_is_and_for_no_other() -> None:
    asked = set(itertools.chain.from_iterable(re.findall(r"\bdarkroom_\w+", query) for query in queries()))
    assert asked <= exposed()
    families = {re.sub(r"_(?:total|bucket|sum|count)$", "", name) for name in asked}
    assert families == {family.name for family in Metrics().registry.collect()}


def test_no_two_panels_of_the_dashboard_lie_on_each_other() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = [
        (x, y)
        for grid in (panel["gridPos"] for panel in panels)
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]
    assert len(set(taken)) == len(taken)
    assert all(0 <= x < 24 for x, _ in taken)


# --- docs/architecture.md

ARCHITECTURE: Final = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def real_imports() -> dict[str, set[str]]:
    """Each room of bot/ with the rooms that it imports."""
    found: dict[str, set[str]] = {}
    for file in (ROOT / "bot").rglob("*.py"):
        path = file.relative_to(ROOT)
        room = room_of(module_name(path))
        modules = (imported.module for imported in imports(ast.parse(file.read_text(encoding="utf-8")), path))
        found.setdefault(room, set()).update(room_of(module) for module in modules if module.startswith("bot."))
    return {room: targets - {room} for room, targets in found.items() if room}


def listed_rooms() -> list[list[str]]:
    """The rooms in each line of the list, top to bottom."""
    rows = re.findall(r"^- (`bot/[^:]+): ", ARCHITECTURE, re.MULTILINE)
    return [[name.removesuffix(".py") for name in re.findall(r"`bot/(\w+(?:\.py)?)/?`", row)] for row in rows]


def drawn_arrows() -> set[tuple[str, str]]:
    """The arrows of the diagram of imports: `a ──> b, c` is two."""
    lines = re.findall(r"^(\w+) +─+> ([\w, ]+)$", ARCHITECTURE, re.MULTILINE)
    return {(room, target) for room, targets in lines for target in targets.split(", ")}


def test_the_list_of_rooms_has_each_room_once_and_from_the_ground_up() -> None:
    rows, real = listed_rooms(), real_imports()
    assert sorted(itertools.chain.from_iterable(rows)) == sorted(real)
    reached: set[str] = set()
    for row in rows:
        reached.update(row)
        for room in row:
            assert real[room] <= reached, f"{room} imports {sorted(real[room] - reached)}: move its line below theirs"


def test_the_diagram_has_an_arrow_for_each_import_that_no_longer_way_covers() -> None:
    real, drawn = real_imports(), drawn_arrows()
    above = set(itertools.chain.from_iterable(drawn))
    ground = set(real) - above
    assert all(real[room] <= ground for room in ground), "a room that is not in the diagram imports one that is"

    def reach(room: str) -> set[str]:
        return real[room].union(*(reach(target) for target in real[room]))

    expected = {
        (room, target)
        for room in above
        for target in real[room] & above
        if not any(target in reach(other) for other in real[room])
    }
    assert drawn == expected


def test_the_parts_of_each_room_are_listed_in_their_order() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", ARCHITECTURE, re.MULTILINE)
    assert {room: tuple(re.findall(r"`(\w+)`", parts)) for room, parts in rows} == INSIDE
