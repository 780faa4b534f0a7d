"""Grids whose images a guild has checked: each cell is judged on its own, and the sheet shows what may be shown."""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.approving.conftest import Rule, asked, press, shown
from tests.approving.looking import __file__ as looking
from tests.approving.test_checked_pictures import check
from tests.commands.packs import write
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Guild, Message, answered
from tests.outputs.ordering import PROMPT, coloured, saved, words
from tests.people import ALICE, MONA
from tests.programs import Program

pytestmark = pytest.mark.usefixtures("watched")

Checking = Callable[[], BotProcess]
RED, GREEN = 0xFF0000, 0x00FF00
COLOR = '[parameters.color]\ntarget = ["2.color"]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workflows = tmp_path / "workflows"
    graph = words() | coloured("2", color=GREEN) | saved("3", "2")
    write(workflows, "plain", graph, f'title = "Plain"\n{PROMPT}{COLOR}')
    return workflows


@pytest.fixture
def checking(program: Program, tmp_path: Path) -> Checking:
    def made() -> BotProcess:
        seen = tmp_path / "seen"
        seen.mkdir()
        return program({"PICTURE_CHECK": f"{sys.executable} {looking} {seen}"})

    return made


def shows_red(sheet: Message) -> bool:
    with Image.open(io.BytesIO(sheet.attachments[0].content)) as image:
        pixels = image.convert("RGB").reduce(8).tobytes()
    return any(red > 200 and green < 80 for red, green in zip(pixels[::3], pixels[1::3], strict=True))


async def begun(discord: DiscordStandIn) -> Message:
    """A grid of a red image and a green one."""
    options = {"prompt": "a sail", "workflow": "Plain", "x": f"color {RED}, {GREEN}"}
    question = await answered(discord.slash("grid", user=ALICE, options=options))
    await question.message.until(lambda message: not message.loading)
    return (await answered(discord.press(question.message, "Start", user=ALICE))).message


async def test_over_the_threshold_the_sheet_goes_under_a_spoiler(
    discord: DiscordStandIn, checking: Checking, rule: Rule, studio: Guild
) -> None:
    await check(rule, studio, "spoiler")
    async with checking().ready():
        sheet = await shown(await begun(discord), "✅")
    assert [file.filename for file in sheet.attachments] == ["SPOILER_grid.jpg"]
    shown_before = [file.filename for state in sheet.states for file in state.attachments]
    assert set(shown_before) <= {"SPOILER_grid.jpg", "grid.jpg"}


async def test_a_refused_image_is_a_cell_with_its_reason(
    discord: DiscordStandIn, checking: Checking, rule: Rule, studio: Guild
) -> None:
    await check(rule, studio, "refuse")
    async with checking().ready():
        sheet = await shown(await begun(discord), "✅")
    assert "1 of 2 images" in sheet.content
    assert f"❌ color {RED}: This server’s image check blocked this image" in sheet.content


async def test_a_held_image_is_on_the_sheet_once_it_is_approved(
    discord: DiscordStandIn, checking: Checking, rule: Rule, studio: Guild, moderators: Channel
) -> None:
    await check(rule, studio, "hold")
    async with checking().ready() as bot:
        sheet = await begun(discord)
        question = await asked(discord, moderators)
        await shown(sheet, "1 is waiting for a moderator")
        assert "1 of 2 done" in sheet.content
        assert not shows_red(sheet)
        await bot.restart()
        await press(discord, question, "Approve", MONA)
        await shown(sheet, "✅ 2 images")
        assert [file.filename for file in sheet.attachments] == ["grid.jpg"]
        assert shows_red(sheet)
