"""Over the wire: every command, menu, button, select and form is used in a language that is made up, and nothing that
people read is left in English.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

import pytest
import pytest_asyncio

from tests.discord_server import NotOffered
from tests.moderating.cell_acts import cell
from tests.moderating.cells import COMMANDS, MENUS, TYPINGS, Command, Form, Menu, Person, Press, Typing
from tests.moderating.press_cells import FORMS, PRESSES
from tests.moderating.stage import Stage, staged
from tests.translations.made_up import reader, write_catalogues

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("made up")]

READERS: Final[tuple[Person, ...]] = ("owner", "moderator", "administrator", "neighbour")
"""They read all there is: what others are refused, these are refused as well."""
# Titles, names and descriptions of the table's workflows and styles.
OF_WORKFLOWS: Final = (
    "Brought Doomed doomed Enlarge enlarge Fancy fancy Negative negate Painting paint Restyle restyle Spare spare "
    "Trial trial An image from words Your image with its colours turned round"
)
# Nodes and their inputs; the options of workflows, and how an axis of a grid is written; the endings of files.
OF_COMFYUI: Final = (
    "CheckpointLoaderSimple EmptyLatentImage KSampler batch cfg checkpoint ckpt count height lora name negative png "
    "prompt random seed size steps style text width soft light sdxl_lightning_ step_lora"
)
# What people of the table are called, and what they have written. Whose jobs wait depends on what ran before.
OF_PEOPLE: Final = (
    "Owner Member Thread Blocked Moderator Administrator Neighbour Direct "
    "the owner's image of unicorn brought fox cat filling suggested lunch because zebra nothing"
)
NAMES: Final = frozenset(f"{OF_WORKFLOWS} {OF_COMFYUI} {OF_PEOPLE}".split())


@dataclass
class Table:
    stage: Stage
    left: set[str] = field(default_factory=set)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def table(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Table]:
    folder = tmp_path_factory.mktemp("made-up")
    write_catalogues(folder / "catalogues")
    left: set[str] = set()
    given = {"CATALOGUES": str(folder / "catalogues")}
    async with staged(folder, "de", reader(left.add), given) as stage:
        yield Table(stage, left)


@pytest.mark.parametrize(
    "row", [*COMMANDS, *MENUS, *PRESSES, *FORMS], ids=lambda row: getattr(row, "name", None) or row.custom_id
)
async def test_nothing_is_left_in_english(table: Table, row: Command | Menu | Press | Form) -> None:
    table.left.clear()
    for person in READERS:
        await cell(table.stage, row, person)
    assert not table.left - NAMES


@pytest.mark.parametrize("row", TYPINGS, ids=lambda row: f"{row.name} {row.option}")
async def test_nothing_is_suggested_in_english(table: Table, row: Typing) -> None:
    await table.stage.ordered(prompt="suggested")
    table.left.clear()
    for person in READERS:
        for text in {"", row.text}:
            with contextlib.suppress(NotOffered):
                await table.stage.discord.autocomplete(
                    row.name,
                    option=row.option,
                    value=text,
                    user=table.stage.people[person],
                    channel=table.stage.place(person),
                )
    assert not table.left - NAMES
