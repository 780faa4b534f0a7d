"""Pictures as people share them."""

import io
import json
from collections.abc import Mapping
from typing import Any

from PIL import Image, PngImagePlugin

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
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sdxl\\theirs.safetensors"}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": prompt, "clip": ["1", 1]}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "fog", "clip": ["1", 1]}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 832, "height": 1216, "batch_size": 1}},
        "5": {
            "class_type": "KSampler",
            "inputs": {
                "seed": seed,
                "steps": 28,
                "cfg": 6.5,
                "sampler_name": "dpmpp_2m",
                "scheduler": "karras",
                "denoise": 1.0,
                "model": ["1", 0],
                "positive": ["2", 0],
                "negative": ["3", 0],
                "latent_image": ["4", 0],
            },
        },
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "ComfyUI"}},
    }
