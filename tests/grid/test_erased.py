"""Erasing everything while a grid runs: its sheet shows the end first, and nothing of it stays."""

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, answered
from tests.grid.asking import FOUR, ask, is_complete, start
from tests.looks import labels, says
from tests.people import ALICE
from tests.recovery.studio import Studio
from tests.waiting import until


@pytest.mark.parametrize("button", ["Erase", "Erase, delete messages"])
async def test_everything_is_erased_while_a_grid_runs(
    discord: DiscordStandIn, studio: Studio, comfyui: ComfyUIStandIn, button: str
) -> None:
    earlier = await (await start(discord, ALICE, FOUR)).until(is_complete)
    comfyui.faults.hang_in = "VAEDecode"
    sheet = await start(discord, ALICE, FOUR)
    await sheet.until(says("1 running"))
    page = await answered(discord.slash("privacy", user=ALICE))
    question = await answered(discord.press(page.message, "Erase", user=ALICE))
    confirmed = await discord.press(question.message, button, user=ALICE)
    await sheet.until(says("🎨"))
    comfyui.faults.hang_in = None
    await sheet.until(is_complete)
    assert "Cancel" not in labels(sheet), "neither it nor a bar is left behind"
    await confirmed.message.until(says("Erased"))
    assert "still stopping" not in confirmed.message.content
    assert studio.select("SELECT count(*) FROM grids") == [(0,)]
    assert studio.select("SELECT count(*) FROM files") == [(0,)]
    assert studio.select('SELECT DISTINCT "values" FROM jobs') == [("{}",)]
    if "delete" in button:
        await until(lambda: sheet.deleted and earlier.deleted)
        assert len([one for one in discord.requests if one.method == "DELETE"]) == 2, "one for each sheet"
    else:
        assert not sheet.deleted
        assert not earlier.deleted


async def test_what_a_member_was_asked_is_forgotten_with_the_rest(discord: DiscordStandIn, studio: Studio) -> None:
    question = await ask(discord, ALICE, **FOUR)
    page = await answered(discord.slash("privacy", user=ALICE))
    sure = await answered(discord.press(page.message, "Erase", user=ALICE))
    confirmed = await answered(discord.press(sure.message, "Erase", user=ALICE))
    await confirmed.message.until(says("Erased"))
    pressed = await answered(discord.press(question, "Start", user=ALICE))
    await pressed.message.until(says("again"))
    assert studio.select("SELECT count(*) FROM grids") == [(0,)]
