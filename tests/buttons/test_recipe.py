"""Recipe: what to type in again, the graph for ComfyUI, and nothing of anybody else's or of the server."""

import json
import re

import pytest

from bot import pictures
from tests.buttons.conftest import Order, Press
from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import opened
from tests.discord_server import DiscordStandIn, Message
from tests.looks import is_done
from tests.people import ALICE, BOB

MARK = "XML:com.adobe.xmp"
"""The keyword of the AI mark, which stays whatever becomes of the graph."""


def block(message: Message) -> str:
    found = re.search(r"```\n(.*)\n```", message.content)
    assert found, message.content
    return found[1]


def file(message: Message, name: str) -> bytes:
    return next(one.content for one in message.attachments if one.filename == name)


async def test_it_can_be_typed_in_again_and_run_by_comfyui(comfyui: ComfyUIStandIn, order: Order, press: Press) -> None:
    first = await order(ALICE, "a fox\tin `the` snow", seed=7, negative="rain", size="128x64")
    recipe = (await press(first, "Recipe", BOB)).message
    assert recipe.ephemeral
    assert block(recipe) == "/imagine prompt:a fox in `the` snow negative:rain seed:7 size:128x64 workflow:Painting"
    assert json.loads(file(recipe, "recipe.json")) == comfyui.submitted[0]["prompt"]


async def test_a_long_prompt_comes_whole_in_a_file(order: Order, press: Press) -> None:
    prompt = "fox " * 1200
    recipe = (await press(await order(ALICE, prompt), "Recipe", ALICE)).message
    assert prompt.strip() in file(recipe, "recipe.txt").decode()
    assert json.loads(file(recipe, "recipe.json"))["6"]["inputs"]["text"] == prompt


async def test_a_picture_that_was_given_is_not_in_it(discord: DiscordStandIn, order: Order, press: Press) -> None:
    first = await order(ALICE, seed=7)
    varied = await (await press(first, "Vary", ALICE)).message.until(is_done, 60)
    recipe = (await press(varied, "Recipe", BOB)).message
    assert block(recipe).startswith("/restyle prompt:a fox seed:")
    assert "starts from an image" in recipe.content
    assert json.loads(file(recipe, "recipe.json"))["1"]["inputs"]["image"] == "picture.png"


class TestEmbedded:
    """The setting EMBEDDED_GRAPH, from end to end."""

    @pytest.fixture(params=["keep", "recipe", "strip"])
    def settings(self, request: pytest.FixtureRequest) -> dict[str, str]:
        return {"EMBEDDED_GRAPH": request.param}

    async def test_pngs_tell_what_the_operator_wants(
        self, comfyui: ComfyUIStandIn, order: Order, settings: dict[str, str]
    ) -> None:
        message = await order(ALICE, "a fox", seed=7, size="128x64")
        (png,) = (one.content for one in message.attachments)
        made = comfyui.output_bytes("painted_00001_.png")
        assert opened(png).tobytes() == opened(made).tobytes()
        match settings["EMBEDDED_GRAPH"]:
            case "keep":
                assert png == pictures.marked(made)
            case "recipe":
                assert list(pictures.texts(png)) == [MARK, "recipe"]
                assert json.loads(pictures.texts(png)["recipe"]) == {
                    "prompt": "a fox",
                    "seed": 7,
                    "workflow": "Painting",
                    "options": {"width": 128, "height": 64},
                }
            case _:
                assert list(pictures.texts(png)) == [MARK]
