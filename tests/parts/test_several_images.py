"""Change part under several images: one reply for all of them, with the first in it."""

from pathlib import Path

import pytest

from tests.commands.packs import PAINT, PAINT_MANIFEST, write
from tests.discord_server import DiscordStandIn
from tests.looks import is_done, labels
from tests.parts.conftest import BUTTONS, Change, Grid, Order, Press
from tests.parts.looking import only_cells_changed
from tests.people import ALICE, BOB


@pytest.fixture
def folder(folder: Path) -> Path:
    write(folder, "paint", PAINT, PAINT_MANIFEST.replace("max = 4", "max = 10"))
    return folder


async def test_the_first_of_several_images_is_shown_at_once_and_any_other_in_the_same_reply(
    discord: DiscordStandIn, order: Order, grid: Grid, change: Change, press: Press
) -> None:
    first = await order(ALICE, size="160x120", count=7)
    reply = await grid(first, BOB)
    numbers = [str(number) for number in range(1, 8)]
    assert labels(reply) == [*BUTTONS, *numbers]
    assert [one.label for one in reply.buttons if one.disabled] == ["Continue", "1"]
    assert all(len(row["components"]) <= 5 for row in reply.components)
    # Six taps: Change part, the menu, a cell, out of the menu, Continue, Submit.
    done = await (await change(reply, BOB, cells=["A1"])).message.until(is_done)
    assert only_cells_changed(first, done, ["A1"])
    shown = reply.attachments
    await press(reply, "7", BOB)
    await reply.until(lambda m: m.embeds[0]["title"] == "Image 7")
    assert reply.attachments != shown
    # The cells of one image are not those of another.
    assert [one.label for one in reply.buttons if one.disabled] == ["Continue", "7"]
    discord.fail_next("GET", "/attachments/*", 404)
    missed = (await press(reply, "2", BOB)).message
    assert missed.ephemeral
    assert reply.embeds[0]["title"] == "Image 7"
    done = await (await change(reply, BOB, cells=["E5"])).message.until(is_done)
    assert only_cells_changed(first, done, ["E5"], number=6)
