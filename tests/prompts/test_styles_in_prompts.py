"""A style that a prompt names is applied; its text stands around the prompt, and Again applies it once more."""

import shutil
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, answered
from tests.looks import is_done
from tests.people import ALICE
from tests.programs import ROOT
from tests.prompts.conftest import Ask, texts


@pytest.fixture
def folder(folder: Path) -> Path:
    shutil.copy(ROOT / "workflows" / "styles.toml", folder)
    return folder


async def test_a_style_in_the_prompt_is_applied(discord: DiscordStandIn, comfyui: ComfyUIStandIn, ask: Ask) -> None:
    message = await ask("a {fox|fox} --style anime --v 6")
    pressed = await answered(discord.press(message, "Again", user=ALICE))
    again = await pressed.message.until(is_done)
    for one in (message, again):
        assert "-# style anime · ignored: --v 6" in one.content.casefold()
        assert one.content.casefold().count("style anime") == 1
    first, second = texts(comfyui)
    assert first == second
    assert "a fox" in first
    assert first != "a fox"
    assert "--" not in first


async def test_a_style_that_does_not_exist_is_ignored(comfyui: ComfyUIStandIn, ask: Ask) -> None:
    message = await ask("a fox --style raw")
    assert texts(comfyui) == ["a fox"]
    assert "-# ignored: --style raw" in message.content
