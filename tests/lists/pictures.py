"""Images as people share them."""

import io
import json
from collections.abc import Mapping
from typing import Any

from PIL import Image, PngImagePlugin

from tests.comfyui_server.graphs import txt2img, with_input
from tests.discord_server import File


def png(texts: Mapping[str, str] | None = None, side: int = 16, *, compressed: bool = False) -> bytes:
    """With these text chunks in it."""
    info = PngImagePlugin.PngInfo()
    for key, value in (texts or {}).items():
        info.add_text(key, value, zip=compressed)
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def from_comfyui(graph: Mapping[str, Any], name: str = "ComfyUI_00001_.png") -> File:
    """As ComfyUI saves it."""
    return File(name, png({"prompt": json.dumps(graph)}))


def graph(prompt: str = "a lighthouse", seed: int = 5) -> dict[str, Any]:
    """What somebody else's ComfyUI ran."""
    ran = txt2img(seed=seed, steps=28, prompt_text=prompt, prefix="ComfyUI")
    ran = with_input(ran, "3", cfg=6.5, sampler_name="dpmpp_2m", scheduler="karras")
    ran = with_input(with_input(ran, "7", text="fog"), "5", width=832, height=1216)
    return with_input(ran, "4", ckpt_name="sdxl\\theirs.safetensors")
