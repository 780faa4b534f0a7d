"""Files of the machine that ComfyUI runs on: no uploaded workflow and no member gets one, whatever the trick."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.administering.conftest import ADMIN, MEMBER, add, json_file
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.wire import files, wired
from tests.discord_server import BotProcess, DiscordStandIn, File, User, answered
from tests.looks import says

pytestmark = pytest.mark.usefixtures("bot")


@pytest.fixture
def private(tmp_path: Path) -> str:
    """An image of the machine's owner, which such a ComfyUI would read and deliver."""
    path = tmp_path / "private" / "a.png"
    path.parent.mkdir()
    Image.new("RGB", (64, 64), (255, 0, 77)).save(path)
    return str(path)


def copying(image: str) -> dict[str, Any]:
    """A graph that gives out the very image that it loads."""
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": image}, "_meta": {"title": "Picture"}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
    }


def manifest(more: str) -> File:
    return File("x.toml", f'command = "copy"\n[parameters.p]\ntarget = ["Picture.image"]\n{more}\n'.encode())


async def test_the_stand_in_has_the_hole(comfyui: ComfyUIStandIn, private: str) -> None:
    """As the real one: without a wall of the bot's own the file would arrive."""
    async with wired(comfyui.url) as wire:
        entry = await wire.finished(await wire.submit(copying(private)))
        (made,) = files(entry)
        assert (await wire.get("/view", **made)).status == 200


async def assert_refused(discord: DiscordStandIn, comfyui: ComfyUIStandIn, admin: User, *given: Any) -> None:  # noqa: ANN401
    graph, options = given
    added = await add(
        discord, admin, json_file("copy.json", graph), **({} if options is None else {"manifest": options})
    )
    assert re.search("a path (outside ComfyUI’s own folders|on the ComfyUI server)", added.message.content)
    assert "/a.png" not in added.message.content
    buttons = {button.label: button.disabled for button in added.message.buttons}
    assert buttons.get("Make it live", True)
    assert buttons.get("Try it", True)
    assert comfyui.submitted == []


@pytest.mark.parametrize("form", ["{}", " {}", "//{}", "file://{}", "~/a.png", "C:\\private\\a.png", "\\\\host\\a.png"])
async def test_as_the_graphs_own_value(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, private: str, form: str
) -> None:
    await assert_refused(discord, comfyui, ADMIN, copying(form.format(private)), None)


@pytest.mark.parametrize("key", ["hidden", "default", "choices", "template"])
async def test_through_the_manifest(discord: DiscordStandIn, comfyui: ComfyUIStandIn, private: str, key: str) -> None:
    values = {"choices": [private], "template": "/{value}"}
    options = f'type = "string"\n{key} = {json.dumps(values.get(key, private))}'
    await assert_refused(discord, comfyui, ADMIN, copying("example.png"), manifest(options))


async def test_typed_by_a_member(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, tmp_path: Path, private: str
) -> None:
    """Even where the operator himself offers the input as a text."""
    await bot.terminate()
    packs = tmp_path / "packs"
    packs.mkdir()
    (packs / "copy.json").write_text(json.dumps(copying("example.png")))
    options = 'command = "copy"\n[parameters.p]\ntarget = ["Picture.image"]\ntype = "string"\ntemplate = "{value}"\n'
    (packs / "copy.toml").write_text(options)
    env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(tmp_path / "other"), "WORKFLOWS_DIR": str(packs)}
    async with BotProcess(discord, log=tmp_path / "other.log", env=env, cwd=Path(__file__).parents[2]).ready() as other:
        await other.says(f"{comfyui.url} answers")
        await discord.until(lambda: any(one["name"] == "copy" for one in discord.commands()))
        for typed in (private, f"../..{private}", private.lstrip("/")):
            order = await answered(discord.slash("copy", user=MEMBER, p=typed))
            await order.message.until(says("image server"))
            assert "can’t be a path" in order.message.content
            assert not order.message.attachments
    assert comfyui.submitted == []
