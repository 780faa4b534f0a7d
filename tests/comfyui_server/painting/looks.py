"""What a model, a LoRA or a style does to an image: the words in its name are the look, a weight is how much of it."""

import random
from collections.abc import Callable, Sequence
from typing import Final

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from tests.comfyui_server.painting.brushes import Picture, faded, noise, soften
from tests.comfyui_server.painting.palette import words

_PAPER: Final = (244, 236, 216)
_INK: Final = (28, 30, 44)
_FADED: Final = ((38, 34, 44), (236, 222, 190))
_WHITE_PAPER: Final = (250, 246, 236)
_GRAPHITE: Final = (52, 52, 60)
_PIXELS: Final = 72
"""The longer side of an image in pixel art."""
_COARSE: Final = 288
"""The longer side at which paint is laid on: a brush is as wide in a large image, and fast."""


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


def _flat(picture: Picture) -> Picture:
    """Without details smaller than a brush."""
    share = min(1.0, _COARSE / max(picture.size))
    small = picture.resize([max(1, round(side * share)) for side in picture.size])
    return small.filter(ImageFilter.MedianFilter(5)).resize(picture.size, Image.Resampling.BICUBIC)


def _watercolor(picture: Picture) -> Picture:
    """Pale washes that run into each other, on paper that stays white at the edges."""
    chance = random.Random("watercolor")
    wash = Image.blend(_flat(picture), Image.new("RGB", picture.size, _WHITE_PAPER), 0.32)
    pools = noise(chance, picture.size, 3).point([210 + level * 45 // 255 for level in range(256)])
    wash = ImageChops.multiply(wash, Image.merge("RGB", (pools, pools, pools)))
    sheet = Image.new("L", picture.size)
    edge = round(min(picture.size) * 0.07)
    sheet.paste(255, (edge, edge, picture.width - edge, picture.height - edge))
    ragged = ImageChops.add(soften(sheet, 0.03), noise(chance, picture.size, 5), 1, -128)
    painted = faded(soften(ragged.point(lambda level: 255 if level > 118 else 0), 0.004), 1)
    return Image.composite(wash, Image.new("RGB", picture.size, _WHITE_PAPER), painted)


def _oil(picture: Picture) -> Picture:
    """Rich, flat colour, and the relief of a brush that went across and up and down."""
    chance, size = random.Random("oil"), picture.size
    across, upright = noise(chance, size, 6, 9.0), noise(chance, size, 48, 0.12)
    light = noise(chance, size, 4).point(lambda level: 255 if level > 128 else 0)
    strokes = Image.composite(across, upright, soften(light, 0.02)).filter(ImageFilter.EMBOSS)
    relief = strokes.point([max(0, min(255, 128 + (level - 128) * 2)) for level in range(256)])
    rich = ImageEnhance.Color(_flat(picture)).enhance(1.35)
    return ImageChops.overlay(rich, Image.merge("RGB", (relief, relief, relief)))


def _pencil(picture: Picture) -> Picture:
    """Graphite on paper: lines where tones change, and a light shading."""
    grey = ImageOps.autocontrast(picture.convert("L"))
    smooth = soften(grey, 0.02)
    lines = ImageOps.invert(ImageChops.subtract(smooth, grey)).point([max(0, 4 * level - 765) for level in range(256)])
    shading = grey.point([165 + level * 90 // 255 for level in range(256)])
    grain = noise(random.Random("pencil"), picture.size, 40).point([205 + level * 50 // 255 for level in range(256)])
    drawn = ImageChops.multiply(ImageChops.multiply(lines, shading), grain)
    return ImageOps.colorize(drawn, _GRAPHITE, _WHITE_PAPER)


def _outline(picture: Picture) -> Picture:
    """Black lines on white paper, to be coloured in. What changes slowly, such as a sky, has no line."""
    edges = picture.filter(ImageFilter.GaussianBlur(0.8)).filter(ImageFilter.FIND_EDGES)
    strongest = ImageChops.lighter(ImageChops.lighter(*edges.split()[:2]), edges.split()[2])
    lines = strongest.point(lambda level: 255 if level > 30 else 0).filter(ImageFilter.MaxFilter(3))
    return ImageOps.invert(soften(lines, 0.002)).convert("RGB")


def _comic(picture: Picture) -> Picture:
    """Few, bright colours between black lines."""
    flat = ImageOps.posterize(ImageEnhance.Color(soften(picture, 0.006)).enhance(1.6), 3)
    return ImageChops.multiply(ImageEnhance.Brightness(flat).enhance(1.15), _outline(picture))


def _pixel(picture: Picture) -> Picture:
    share = min(1.0, _PIXELS / max(picture.size))
    small = picture.resize([max(1, round(side * share)) for side in picture.size], Image.Resampling.BOX)
    few = ImageEnhance.Color(small).enhance(1.3).quantize(24).convert("RGB")
    return few.resize(picture.size, Image.Resampling.NEAREST)


_LOOKS: Final[dict[str, Callable[[Picture], Picture]]] = {"soft": _soft, "grain": _grain, "ink": _ink}


def apply_look(picture: Picture, name: str, weight: float = 1.0) -> Picture:
    """The image as the file of this name makes it look; a name without a known word changes nothing."""
    strength = max(-1.0, min(1.5, weight))
    for word in words(name):
        if word in _LOOKS:
            picture = Image.blend(picture, _LOOKS[word](picture), strength)
    return picture


_STYLES: Final[dict[str, Callable[[Picture], Picture]]] = {
    **dict.fromkeys(words("watercolor watercolour aquarell aquarelle acuarela aquarela 水彩 수채화"), _watercolor),
    **dict.fromkeys(words("oil ölgemälde huile óleo 油絵 유화"), _oil),
    **dict.fromkeys(words("pencil sketch charcoal bleistift crayon lápiz 鉛筆 연필"), _pencil),
    **dict.fromkeys(words("ink tusche encre tinta"), _ink),
    **dict.fromkeys(words("coloring colouring outline"), _outline),
    **dict.fromkeys(words("comic manga cartoon bd 漫画 만화"), _comic),
    **dict.fromkeys(words("pixel pixelart ドット 픽셀"), _pixel),
}


def apply_styles(picture: Picture, said: Sequence[str]) -> Picture:
    """The image in the first style that the prompt names, or as it is."""
    style = next((_STYLES[word] for word in said if word in _STYLES), None)
    return picture if style is None else style(picture)
