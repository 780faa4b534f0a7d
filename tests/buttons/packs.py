"""Packs small enough to run in a moment: one paints, one paints again, one stands for an upscaler."""

from typing import Any, Final

from tests.commands.packs import INVERT, PAINT

PAINT_MANIFEST: Final = """
title = "Painting"
description = "A picture from words"
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

RESTYLE: Final[dict[str, Any]] = {
    **{number: PAINT[number] for number in ("4", "6", "7", "8")},
    "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}, "_meta": {"title": "Picture"}},
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

ENLARGE: Final = {**INVERT, "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "big"}}}
ENLARGE_MANIFEST: Final = """
title = "Enlarge"
command = "upscale"
[parameters.image]
target = ["Picture.image"]
"""
