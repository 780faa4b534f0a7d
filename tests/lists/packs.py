"""Workflows for these tests: one from words, one from a picture and words."""

from typing import Any, Final

from tests.commands import packs

PAINT: Final = packs.PAINT
PAINT_MANIFEST: Final = """
title = "Painting"
description = "A picture from words"
default = true
[parameters.prompt]
target = ["positive.text"]
template = "oil painting, {value}"
[parameters.negative]
target = ["negative.text"]
[parameters.seed]
target = ["KSampler.seed"]
[parameters.width]
target = ["EmptyLatentImage.width"]
[parameters.height]
target = ["EmptyLatentImage.height"]
[parameters.checkpoint]
target = ["CheckpointLoaderSimple.ckpt_name"]
choices = "server"
"""
RESTYLE: Final[dict[str, Any]] = {
    **{node_id: node for node_id, node in packs.PAINT.items() if node_id != "5"},
    "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}, "_meta": {"title": "Picture"}},
    "5": {"class_type": "VAEEncode", "inputs": {"pixels": ["1", 0], "vae": ["4", 2]}},
}
RESTYLE_MANIFEST: Final = """
title = "Restyling"
description = "A picture, painted again"
command = "restyle"
[parameters.image]
target = ["Picture.image"]
[parameters.prompt]
target = ["positive.text"]
[parameters.seed]
target = ["KSampler.seed"]
[parameters.checkpoint]
target = ["CheckpointLoaderSimple.ckpt_name"]
choices = "server"
"""
