"""Every command, autocomplete, button, select and form, used by everybody: the table in `cells.py`, cell by cell."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bot.discord_ui import FEATURES
from bot.discord_ui.core.routing import Router
from tests.discord_server import NotOffered
from tests.moderating.cell_acts import cell
from tests.moderating.cells import (
    COMMANDS,
    HIDDEN,
    MENUS,
    NOTHING,
    PEOPLE,
    TYPINGS,
    Command,
    Form,
    Menu,
    Person,
    Press,
    Typing,
)
from tests.moderating.press_cells import FORMS, PRESSES
from tests.moderating.stage import Stage, stage

__all__ = ["stage"]

# One bot for all rows, in their order: some of them change what the guild has.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("table")]


@pytest.mark.parametrize(
    "row", [*COMMANDS, *MENUS, *PRESSES, *FORMS], ids=lambda row: getattr(row, "name", None) or row.custom_id
)
async def test_everybody_is_told_what_the_table_says(stage: Stage, row: Command | Menu | Press | Form) -> None:
    faults = []
    for person in PEOPLE:
        try:
            await cell(stage, row, person)
        except (AssertionError, pytest.fail.Exception, TimeoutError) as fault:
            faults.append(f"{person}: {type(fault).__name__} {fault}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("row", TYPINGS, ids=lambda row: f"{row.name} {row.option}")
async def test_everybody_is_suggested_what_the_table_says(stage: Stage, row: Typing) -> None:
    # Other images have been ordered again by others meanwhile.
    await stage.ordered(prompt="suggested")

    async def suggested(person: Person) -> str:
        try:
            choices = await stage.discord.autocomplete(
                row.name, option=row.option, value=row.text, user=stage.people[person], channel=stage.place(person)
            )
        except NotOffered:
            return HIDDEN
        return "; ".join(choice.name for choice in choices) or NOTHING

    told = dict(zip(PEOPLE, await asyncio.gather(*map(suggested, PEOPLE)), strict=True))
    assert {person: row.told[person] in told[person] for person in PEOPLE} == dict.fromkeys(PEOPLE, True), told


async def test_the_table_is_complete(stage: Stage) -> None:
    leaves = [leaf for command in stage.discord.commands() for leaf in _leaves(command, command["name"])]
    assert {name for name, _ in leaves} == {row.name for row in (*COMMANDS, *MENUS)}
    typed = {(name, option["name"]) for name, options in leaves for option in options if option.get("autocomplete")}
    assert typed == {(row.name, row.option) for row in TYPINGS}
    assert set(Router(FEATURES).handlers) == {row.custom_id for row in (*PRESSES, *FORMS)}


def _leaves(command: Mapping[str, Any], name: str) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    options = command.get("options") or []
    below = [one for one in options if one["type"] in {1, 2}]
    if not below:
        yield name, options
    for one in below:
        yield from _leaves(one, f"{name} {one['name']}")
