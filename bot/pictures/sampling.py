"""Small plain images: samples of an image for the content check, and an example image for tests of a workflow."""

import io
from typing import Final

from PIL import Image

from bot.pictures.decoding import DAMAGED, OUTPUT_FORMATS, Source, decoded, eight_bits, opened

_VIDEO_SIDE: Final = 256
_VIDEO_FRAMES: Final = 24
_MOST_DECODED: Final = 600_000_000
"""Pixels of all frames up to the last one used. Each frame depends on the one before, so all must be decoded."""
_MOST_PIXELS: Final = 16_000_000
"""Pixels of a still image. A larger one is decoded at a smaller size."""


def samples(source: Source, most: int = 8, side: int = 640) -> list[bytes]:
    """An image as small plain PNGs: one for a still image, several frames from beginning to end for an animation.

    Empty if it is not an image, or too large or too long.
    """
    try:
        with opened(source) as file, Image.open(file, formats=OUTPUT_FORMATS) as image:
            count: int = getattr(image, "n_frames", 1)
            if count == 1:
                return [_small_png(decoded(image, file, _MOST_PIXELS), side)]
            if image.width * image.height * count > _MOST_DECODED:
                return []
            shots = []
            for number in sorted({round(step * (count - 1) / max(1, most - 1)) for step in range(most)}):
                image.seek(number)
                shots.append(_small_png(image, side))
            return shots
    except (*DAMAGED, Image.DecompressionBombError):
        return []


def _small_png(image: Image.Image, side: int) -> bytes:
    shown = eight_bits(image)
    shown = shown.copy() if shown is image else shown
    shown.thumbnail((side, side))
    opaque = Image.new("RGB", shown.size, "white")
    opaque.paste(shown, mask=shown if shown.mode == "RGBA" else None)
    buffer = io.BytesIO()
    opaque.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def sample(side: int = 512) -> bytes:
    """An example image as PNG: a gradient."""
    across, down = Image.linear_gradient("L"), Image.radial_gradient("L")
    gradient = Image.merge("RGB", (across, down, across.rotate(90))).resize((side, side))
    buffer = io.BytesIO()
    gradient.save(buffer, "PNG")
    return buffer.getvalue()


def sample_video() -> bytes:
    """A short GIF, which video decoders read: a gradient that moves."""
    gradient = Image.linear_gradient("L").resize((_VIDEO_SIDE, _VIDEO_SIDE))
    frames = [gradient.rotate(360 * number / _VIDEO_FRAMES) for number in range(_VIDEO_FRAMES)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=40, loop=0)
    return buffer.getvalue()
