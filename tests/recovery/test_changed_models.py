"""The models of a ComfyUI change while the bot knows the old list: it asks again before it fails a job."""

from collections.abc import AsyncIterator

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.looks import is_done
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio


@pytest.fixture
async def comfyui() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn(checkpoints=("first.safetensors", "second.safetensors")) as comfyui:
        yield comfyui


async def test_a_model_that_is_gone_is_replaced_by_one_that_is_there(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    before = await (await studio.order(ALICE)).message.until(is_done)
    assert "`first.safetensors` was used instead" in before.content
    comfyui.faults.unknown_models = {"first.safetensors"}
    after = await (await studio.order(BOB)).message.until(is_done)
    assert "`second.safetensors` was used instead" in after.content
