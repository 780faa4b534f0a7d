"""Packs that tests write into a folder, and images that members attach."""

import io
import json
from pathlib import Path
from typing import Any, Final

from PIL import Image

from bot.workflows import Pack
from bot.workflows.manifests.pack import load_pack
from tests.comfyui_server.graphs import txt2img

INVERT: Final[dict[str, Any]] = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}, "_meta": {"title": "Picture"}},
    "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "inverted"}},
}
INVERT_MANIFEST: Final = """
title = "Negative"
description = "Your image with its colours turned round"
command = "negate"
[parameters.image]
target = ["Picture.image"]
description = "The image to turn round"
"""

PAINT: Final = txt2img(seed=0, steps=4, prompt_text="", prefix="painted") | {
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}, "_meta": {"title": "positive"}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}, "_meta": {"title": "negative"}},
}
PAINT_MANIFEST: Final = """
title = "Painting"
description = "An image from words"
default = true
[parameters.prompt]
target = ["positive.text"]
[parameters.negative]
target = ["negative.text"]
[parameters.seed]
target = ["KSampler.seed"]
[parameters.count]
target = ["EmptyLatentImage.batch_size"]
max = 4
[parameters.width]
target = ["EmptyLatentImage.width"]
[parameters.height]
target = ["EmptyLatentImage.height"]
"""
CHECKPOINT: Final = """
[parameters.checkpoint]
target = ["CheckpointLoaderSimple.ckpt_name"]
choices = "server"
"""
"""To be added where the server has others."""
RESTYLE: Final[dict[str, Any]] = {
    **{number: PAINT[number] for number in ("4", "6", "7", "8")},
    "1": INVERT["1"],
    "2": {"class_type": "VAEEncode", "inputs": {"pixels": ["1", 0], "vae": ["4", 2]}},
    "3": {"class_type": "KSampler", "inputs": {**PAINT["3"]["inputs"], "latent_image": ["2", 0], "denoise": 0.6}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "restyled"}},
}
RESTYLE_MANIFEST: Final = """
title = "Restyle"
command = "restyle"
[parameters.image]
target = ["Picture.image"]
[parameters.prompt]
target = ["positive.text"]
[parameters.negative]
target = ["negative.text"]
[parameters.seed]
target = ["KSampler.seed"]
"""
ENLARGE_MANIFEST: Final = """
title = "Enlarge"
command = "upscale"
[parameters.image]
target = ["Picture.image"]
"""
"""Of INVERT: it stands for an upscaler."""
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
target = ["Save Image.filename_prefix"]
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
