"""Nodes that put images together and finish them: enough to run every shipped pack whose models are not special."""

import asyncio
import math
import random
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from PIL import Image, ImageFilter

from tests.comfyui_server.image_nodes import resize
from tests.comfyui_server.node import Call, Result, Run
from tests.comfyui_server.values import Picture

_MEGAPIXEL: Final = 1024 * 1024


async def scale_to_total_pixels(call: Call) -> Result:
    pictures: Sequence[Picture] = call.inputs["image"]
    step, method = call.inputs.get("resolution_steps", 1), call.inputs["upscale_method"]
    factor = math.sqrt(call.inputs["megapixels"] * _MEGAPIXEL / (pictures[0].width * pictures[0].height))
    width, height = (max(step, round(side * factor / step) * step) for side in pictures[0].size)
    return Result((await asyncio.to_thread(lambda: tuple(resize(one, (width, height), method) for one in pictures)),))


async def stitch(call: Call) -> Result:
    """The second beside the first, made to match its side. Spacing is omitted."""
    if "image2" not in call.inputs:
        return Result((call.inputs["image1"],))
    direction = call.inputs["direction"]
    return Result((tuple(_stitched(one, two, direction) for one, two in _pairs(call.inputs)),))


def _stitched(one: Picture, two: Picture, direction: str) -> Picture:
    across = direction in {"left", "right"}
    if across:
        two = two.resize((max(1, two.width * one.height // two.height), one.height))
    else:
        two = two.resize((one.width, max(1, two.height * one.width // two.width)))
    first, second = (one, two) if direction in {"right", "down"} else (two, one)
    place = (first.width, 0) if across else (0, first.height)
    whole = Image.new("RGB", (place[0] + second.width, place[1] + second.height))
    whole.paste(first, (0, 0))
    whole.paste(second, place)
    return whole


async def blend(call: Call) -> Result:
    """Only the mode `normal`."""
    factor = call.inputs["blend_factor"]
    return Result((tuple(Image.blend(one, two.resize(one.size), factor) for one, two in _pairs(call.inputs)),))


async def composite(call: Call) -> Result:
    mask: Picture | None = call.inputs.get("mask")
    place = (call.inputs["x"], call.inputs["y"])

    def pasted(destination: Picture, source: Picture) -> Picture:
        if call.inputs["resize_source"]:
            source = source.resize(destination.size)
        whole = destination.copy()
        whole.paste(source, place, mask.resize(source.size) if mask else None)
        return whole

    pairs = _pairs(call.inputs, "destination", "source")
    return Result((tuple(pasted(destination, source) for destination, source in pairs),))


async def grow_mask(call: Call) -> Result:
    """A square grows where the real one can round its corners."""
    mask: Picture = call.inputs["mask"]
    side = 2 * abs(call.inputs["expand"]) + 1
    widest = ImageFilter.MaxFilter if call.inputs["expand"] > 0 else ImageFilter.MinFilter
    return Result((await asyncio.to_thread(mask.filter, widest(side)),))


async def add_noise(call: Call) -> Result:
    draw = random.Random(call.inputs["seed"])

    def noisy(picture: Picture) -> Picture:
        noise = Image.frombytes("RGB", picture.size, draw.randbytes(picture.width * picture.height * 3))
        return Image.blend(picture, noise, call.inputs["strength"])

    pictures: Sequence[Picture] = call.inputs["image"]
    return Result((await asyncio.to_thread(lambda: tuple(map(noisy, pictures))),))


async def quantize(call: Call) -> Result:
    """Every pattern but `none` is Floyd and Steinberg's."""
    colors = call.inputs["colors"]
    plain = call.inputs["dither"] == "none"
    dither = Image.Dither.NONE if plain else Image.Dither.FLOYDSTEINBERG

    def reduced(picture: Picture) -> Picture:
        return picture.quantize(palette=picture.quantize(colors), dither=dither).convert("RGB")

    pictures: Sequence[Picture] = call.inputs["image"]
    return Result((await asyncio.to_thread(lambda: tuple(map(reduced, pictures))),))


def _pairs(
    inputs: Mapping[str, Any], first: str = "image1", second: str = "image2"
) -> Sequence[tuple[Picture, Picture]]:
    """Two batches side by side; of the shorter one the last image is repeated."""
    one, two = inputs[first], inputs[second]
    return [(a or one[-1], b or two[-1]) for a, b in zip_longest(one, two)]


RUNS: Final[Mapping[str, Run]] = {
    "GrowMask": grow_mask,
    "ImageAddNoise": add_noise,
    "ImageBlend": blend,
    "ImageCompositeMasked": composite,
    "ImageQuantize": quantize,
    "ImageScaleToTotalPixels": scale_to_total_pixels,
    "ImageStitch": stitch,
}
