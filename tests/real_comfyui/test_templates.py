"""Graphs made from ComfyUI's own templates, before a real ComfyUI: it objects to nothing but the models, images and
choices that it does not have.
"""

import asyncio

import aiohttp
import pytest

from bot.discord_ui.workflows.upload import examine
from bot.errors import PackError
from bot.workflows import ObjectInfo
from tests.real_comfyui import RealComfyUI
from tests.workflows.corpus import templates

pytestmark = pytest.mark.real

FILES = {"value_not_in_list", "custom_validation_failed"}
"""What ComfyUI says about a model or a choice that it lacks, and about an image."""
ENOUGH = 60


async def test_a_real_server_objects_to_missing_files_alone(real_comfyui: RealComfyUI) -> None:
    async with aiohttp.ClientSession(real_comfyui.url) as http:
        async with http.get("/object_info", raise_for_status=True) as response:
            info = ObjectInfo(await response.read())
        asked = 0
        for name, content, _ in templates():
            try:
                graph, _ = await asyncio.to_thread(examine, name, content, [info], ())
            except PackError:
                continue
            asked += 1
            async with http.post("/prompt", json={"prompt": graph}) as response:
                answer = await response.json()
            faults = [
                (node["class_type"], one["type"], one["details"])
                for node in answer.get("node_errors", {}).values()
                for one in node["errors"]
            ]
            assert [one for one in faults if one[1] not in FILES] == [], name
        async with http.post("/queue", json={"clear": True}, raise_for_status=True):
            pass
        async with http.post("/interrupt", raise_for_status=True):
            pass
        assert asked >= ENOUGH
