"""What a model or a LoRA does to an image: the words in its name are the look, its weight is how much of it."""

import random
from collections.abc import Callable
from typing import Final

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from tests.comfyui_server.painting.brushes import Picture
from tests.comfyui_server.painting.palette import words

_PAPER: Final = (244, 236, 216)
_INK: Final = (28, 30, 44)
_FADED: Final = ((38, 34, 44), (236, 222, 190))


def _soft(picture: Picture) -> Picture:
    """A glow, as through a misted lens."""
    blurred = picture.filter(ImageFilter.GaussianBlur(picture.height / 40))
    return ImageChops.screen(picture, ImageEnhance.Brightness(blurred).enhance(0.6))


def _grain(picture: Picture) -> Picture:
    """An old photo: faded, with the grain of a film."""
    grey = ImageOps.autocontrast(picture.convert("L"))
    faded = Image.blend(picture, ImageOps.colorize(grey, *_FADED), 0.75)
    noise = Image.frombytes("L", (256, 256), random.Random("grain").randbytes(256 * 256))
    noise = noise.point([round(88 + level * 0.31) for level in range(256)]).resize(picture.size)
    return ImageChops.overlay(faded, Image.merge("RGB", (noise, noise, noise)))


def _ink(picture: Picture) -> Picture:
    """Lines of ink and three tones of wash on paper."""
    smooth = picture.convert("L").filter(ImageFilter.MedianFilter(5))
    wash = ImageOps.posterize(ImageOps.equalize(smooth), 2).point([95 + level * 160 // 192 for level in range(256)])
    edges = smooth.filter(ImageFilter.FIND_EDGES)
    lines = ImageOps.invert(edges).point([max(0, 4 * level - 765) for level in range(256)])
    return ImageOps.colorize(ImageChops.multiply(wash, lines), _INK, _PAPER)


_LOOKS: Final[dict[str, Callable[[Picture], Picture]]] = {"soft": _soft, "grain": _grain, "ink": _ink}


def apply_look(picture: Picture, name: str, weight: float = 1.0) -> Picture:
    """The image as the file of this name makes it look; a name without a known word changes nothing."""
    strength = max(-1.0, min(1.5, weight))
    for word in words(name):
        if word in _LOOKS:
            picture = Image.blend(picture, _LOOKS[word](picture), strength)
    return picture
