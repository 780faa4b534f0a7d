"""Every route x everything that can come back x two members: the one who meets it reads the truth within a minute, and
the other gets an image meanwhile. Many pairs at the same time, in one program.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.comfyui_server.hostile import through
from tests.discord_server import DiscordStandIn
from tests.hostile.cells import ROUTES, Cell, End, all_of, some
from tests.hostile.studio import Elsewhere, HostileStudio

_SERVERS: Final = 6
_AT_ONCE: Final = 24
"""Pairs of members: with more, they would wait for each other and not for their servers."""


async def wrong_of(studio: HostileStudio, cells: Sequence[Cell]) -> str:
    wrong: dict[str, str] = {}
    for first in range(0, len(cells), _AT_ONCE):
        wrong |= await studio.verdicts(cells[first : first + _AT_ONCE])
    return "\n".join(f"{cell}: {fault}" for cell, fault in wrong.items())


@pytest.mark.waits
async def test_without_a_fault_both_get_their_images(discord: DiscordStandIn, tmp_path: Path) -> None:
    async with HostileStudio.open(discord, tmp_path, _SERVERS) as studio:
        cells = [Cell(f"nothing {number}", route, through, End.DONE) for route in ROUTES for number in range(2)]
        wrong = await wrong_of(studio, cells)
        assert not wrong, wrong


@pytest.mark.waits
async def test_one_member_meets_a_fault_and_reads_the_truth_and_another_gets_an_image(
    discord: DiscordStandIn, other: Elsewhere, tmp_path: Path
) -> None:
    async with HostileStudio.open(discord, tmp_path, _SERVERS) as studio:
        wrong = await wrong_of(studio, some(other.url))
        assert not wrong, wrong
    assert not other.asked


@pytest.mark.endurance
@pytest.mark.parametrize("route", ROUTES)
async def test_every_fault_of_a_route(discord: DiscordStandIn, other: Elsewhere, tmp_path: Path, route: str) -> None:
    async with HostileStudio.open(discord, tmp_path, _SERVERS) as studio:
        wrong = await wrong_of(studio, all_of(route, other.url))
        assert not wrong, wrong
    assert not other.asked
