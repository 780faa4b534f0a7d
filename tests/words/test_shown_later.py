"""A word that is listed after an image was made: what would refuse the request now, keeps the image where it is."""

import pytest

from tests.discord_server import DiscordStandIn, Message, answered
from tests.discord_server.resolving import Value
from tests.grid.asking import start
from tests.grid.test_grids import MENU
from tests.looks import is_done, is_over
from tests.people import ALICE, MONA
from tests.words.conftest import LORA, WORD, Desk

SECRET = "a lighthouse"
REFUSED = "prompt contains something that isn’t allowed here"
SHOWN: dict[str, dict[str, Value]] = {
    "negative at a guidance below 1": {"negative": WORD, "guidance": 0.5},
    "negative with a weight below 0": {"negative": f"({WORD}:-1)"},
    "LoRA": {"lora": LORA.removesuffix(".safetensors")},
    "workflow": {"workflow": "own"},
    "template": {"workflow": "template"},
    "second text": {"words": WORD},
}


async def history(discord: DiscordStandIn) -> Message:
    """What `/history` brings back: the newest image."""
    page = (await answered(discord.slash("history", user=ALICE))).message
    choice = page.components[0]["components"][0]["options"][0]["value"]
    asked = await answered(discord.select(page, "Bring one back", [choice], user=ALICE))
    return await asked.message.until(lambda message: not message.loading)


@pytest.mark.parametrize("name", SHOWN)
async def test_what_shows_in_the_image_keeps_it_from_others(desk: Desk, name: str) -> None:
    command = "sign" if "words" in SHOWN[name] else "imagine"
    private = await desk.ask(SECRET, command, private=True, **SHOWN[name])
    assert private.attachments
    await desk.list_word("lightning" if name == "LoRA" else WORD, kind="pattern" if name == "LoRA" else "word")
    assert REFUSED in (await desk.press(private, "Publish")).message.content
    back = await history(desk.discord)
    assert REFUSED in back.content
    assert not back.attachments
    log = (await answered(desk.discord.slash("moderate log", user=MONA))).message
    assert "the word list has" in log.content
    # A private request's prompt is in the log only as the reason, as it is with the workflow's text around it.
    assert (SECRET in log.content) == (name == "template")


async def test_what_the_image_avoids_does_not_keep_it(desk: Desk) -> None:
    private = await desk.ask(SECRET, private=True, negative=WORD, guidance=5)
    await desk.list_word()
    posted = await (await desk.press(private, "Publish")).followup()
    assert posted.attachments
    assert REFUSED not in (await history(desk.discord)).content


async def test_cells_of_a_grid_are_taken_out_by_what_shows_in_them(desk: Desk) -> None:
    sheet = await start(desk.discord, ALICE, {"prompt": SECRET, "x": "guidance 0.5, 5", "negative": WORD})
    await sheet.until(is_over)
    await desk.list_word()
    weak, strong = [
        await answered(desk.discord.select(sheet, MENU, [cell], user=ALICE)) for cell in ("guidance 0.5", "guidance 5")
    ]
    assert REFUSED in weak.message.content
    assert not weak.message.attachments
    assert (await strong.message.until(is_done)).attachments
