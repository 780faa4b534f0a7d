"""What a real ComfyUI saved goes back in through `/workflow add` and runs again: an image, moving ones, videos."""

import asyncio
import uuid
from typing import Any, Final

import aiohttp
import pytest

from tests.administering.conftest import ADMIN, MEMBER, add
from tests.administering.drawings import Drawing, drawing, find, node
from tests.discord_server import DiscordStandIn, File
from tests.looks import finished, says
from tests.programs import Program
from tests.real_comfyui import RealComfyUI
from tests.real_comfyui.tiny_checkpoint import NAME

pytestmark = pytest.mark.real

_DEADLINE: Final = 120
_PNG, _WEBP, _MP4, _WEBM = b"\x89PNG", b"RIFF", b"ftyp", b"\x1a\x45\xdf\xa3"
"""What such files begin with, or have behind their first four bytes."""

# Class, its settings in the order of the editor, and what its file looks like.
SAVERS: dict[str, tuple[str, dict[str, Any], bytes]] = {
    "image": ("SaveImage", {"filename_prefix": "round"}, _PNG),
    "webp": (
        "SaveAnimatedWEBP",
        {"filename_prefix": "round", "fps": 6.0, "lossless": True, "quality": 80, "method": "default"},
        _WEBP,
    ),
    "apng": ("SaveAnimatedPNG", {"filename_prefix": "round", "fps": 6.0, "compress_level": 4}, _PNG),
    "webm": ("SaveWEBM", {"filename_prefix": "round", "codec": "vp9", "fps": 6.0, "crf": 32.0}, _WEBM),
    "mp4": ("SaveVideo", {"filename_prefix": "round", "format": "mp4", "codec": "h264"}, _MP4),
}


def both_forms(kind: str) -> tuple[dict[str, Any], Drawing]:
    """A text to image with two frames that ends in this saver, as it runs and as it is drawn."""
    saver, settings, _ = SAVERS[kind]
    drawn = drawing()
    find(drawn, 4)["widgets_values"] = [NAME]
    find(drawn, 5)["widgets_values"] = [64, 64, 2]
    find(drawn, 9).update(type=saver, widgets_values=list(settings.values()))
    ending: dict[str, Any] = {"9": {"class_type": saver, "inputs": {**settings, "images": ["8", 0]}}}
    if saver == "SaveVideo":
        find(drawn, 9)["inputs"] = [{"name": "video", "type": "VIDEO", "link": 20}]
        drawn["nodes"].append(node(20, "CreateVideo", [("images", "IMAGE", 9)], (("VIDEO", [20]),), [6.0]))
        drawn["links"] = [[9, 8, 0, 20, 0, "IMAGE"] if one[0] == 9 else one for one in drawn["links"]]
        drawn["links"].append([20, 20, 0, 9, 0, "VIDEO"])
        ending = {
            "20": {"class_type": "CreateVideo", "inputs": {"images": ["8", 0], "fps": 6.0}},
            "9": {"class_type": saver, "inputs": {**settings, "video": ["20", 0]}},
        }
    sampler = {"seed": 42, "steps": 3, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
    wires = {"model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}
    ran = {
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": NAME}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 2}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurred", "clip": ["4", 1]}},
        "3": {"class_type": "KSampler", "inputs": {**sampler, **wires}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        **ending,
    }
    return ran, drawn


async def saved_by(http: aiohttp.ClientSession, ran: dict[str, Any], drawn: Drawing) -> tuple[str, bytes]:
    """Run it as the editor does, with the drawing beside it: the first file and its name."""
    extra = {"extra_pnginfo": {"workflow": drawn}}
    body = {"prompt": ran, "prompt_id": str(uuid.uuid4()), "client_id": "round", "extra_data": extra}
    async with http.post("/prompt", json=body) as response:
        answer = await response.json()
        assert response.status == 200, answer
    entry: dict[str, Any] = {}
    async with asyncio.timeout(_DEADLINE):
        while not entry:
            async with http.get(f"/history/{answer['prompt_id']}") as response:
                entry = (await response.json()).get(answer["prompt_id"], {})
            await asyncio.sleep(0.05)
    assert entry["status"]["status_str"] == "success", entry["status"]
    image = entry["outputs"]["9"]["images"][0]
    async with http.get("/view", params=image) as response:
        return image["filename"], await response.read()


def is_of(kind: str, content: bytes) -> bool:
    mark = SAVERS[kind][2]
    return mark in {content[:4], content[4:8]}


@pytest.mark.parametrize("kind", SAVERS)
async def test_what_it_saved_comes_back_and_runs(
    discord: DiscordStandIn, real_comfyui: RealComfyUI, program: Program, kind: str
) -> None:
    ran, drawn = both_forms(kind)
    async with aiohttp.ClientSession(real_comfyui.url) as http:
        name, content = await saved_by(http, ran, drawn)
    assert is_of(kind, content)
    async with program({"COMFYUI_URLS": real_comfyui.url}).ready() as bot:
        await bot.says(f"{real_comfyui.url} answers")
        added = await add(discord, ADMIN, File(name, content), name="again")
        assert "Not carried over" not in added.message.content
        await (await discord.press(added.message, "Make it live", user=ADMIN)).acknowledged()
        await added.message.until(says("is live"))
        (choice,) = await discord.autocomplete("imagine", option="workflow", value="again", user=MEMBER, prompt="x")
        done = await finished(discord.slash("imagine", user=MEMBER, prompt="a red fox", workflow=str(choice.value)))
        assert any(is_of(kind, one.content) for one in done.attachments), [one.filename for one in done.attachments]
