"""Packs that tests write into a folder, and pictures that members attach."""

import io
import json
from pathlib import Path
from typing import Any, Final

from PIL import Image

from bot.workflows import Pack
from bot.workflows.manifests.pack import load_pack

INVERT: Final[dict[str, Any]] = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}, "_meta": {"title": "Picture"}},
    "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "inverted"}},
}
INVERT_MANIFEST: Final = """
title = "Negative"
description = "Your picture with its colours turned round"
command = "negate"
[parameters.image]
target = ["Picture.image"]
description = "The picture to turn round"
"""

PAINT: Final[dict[str, Any]] = {
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "other.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}, "_meta": {"title": "positive"}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}, "_meta": {"title": "negative"}},
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 0,
            "steps": 4,
            "cfg": 7.0,
            "sampler_name": "euler",
            "scheduler": "normal",
            "denoise": 1.0,
            "model": ["4", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    },
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "painted"}},
}
PAINT_MANIFEST: Final = """
title = "Painting"
description = "A picture from words"
default = true
[parameters.prompt]
target = ["positive.text"]
[parameters.seed]
target = ["KSampler.seed"]
[parameters.width]
target = ["EmptyLatentImage.width"]
[parameters.height]
target = ["EmptyLatentImage.height"]
"""
EVERY_TYPE: Final = """
title = "Everything"
command = "everything"
[parameters.steps]
target = ["KSampler.steps"]
max = 30
description = "How many steps"
[parameters.prompt]
target = ["positive.text"]
description = "What it shows"
[parameters.cfg]
target = ["KSampler.cfg"]
min = 1.0
max = 12.5
[parameters."Sampler Name"]
target = ["KSampler.sampler_name"]
choices = ["euler", "dpmpp_2m"]
[parameters.scheduler]
target = ["KSampler.scheduler"]
[parameters.checkpoint]
target = ["CheckpointLoaderSimple.ckpt_name"]
choices = "server"
[parameters.seed]
target = ["KSampler.seed"]
[parameters.prefix]
target = ["SaveImage.filename_prefix"]
hidden = "kept"
"""


def write(folder: Path, name: str, graph: dict[str, Any], manifest: str) -> None:
    """As an operator drops it in."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(manifest, encoding="utf-8")
    (folder / f"{name}.json").write_text(json.dumps(graph), encoding="utf-8")


def pack(folder: Path, graph: dict[str, Any], manifest: str, name: str = "tried") -> Pack:
    write(folder, name, graph, manifest)
    return load_pack(folder / f"{name}.json")


def picture(image: Image.Image, kind: str = "PNG", **more: Any) -> bytes:  # noqa: ANN401 - whatever Pillow takes
    buffer = io.BytesIO()
    image.save(buffer, kind, **more)
    return buffer.getvalue()


def opened(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image.copy()
