"""The tools for every part of an image: gradients, clouds of noise, smooth edges, soft light."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFilter

from tests.comfyui_server.painting.palette import Colour, Palette, mix

Point = tuple[float, float]
Picture = Image.Image

# Shapes are drawn this much larger and shrunk, for smooth edges.
_SMOOTH: Final = 2
_STRIP: Final = 128


@dataclass(slots=True)
class Canvas:
    picture: Picture
    palette: Palette
    chance: random.Random
    sun: tuple[float, float]
    """Where the light comes from, in shares of width and height."""

    @property
    def size(self) -> tuple[int, int]:
        return self.picture.size

    def fill(self, shape: Picture, colour: Colour | Picture) -> None:
        """Paint a mask's shape in a colour or with another image."""
        self.picture.paste(colour, (0, 0), shape)


def gradient(size: tuple[int, int], stops: Sequence[Colour]) -> Picture:
    """From the first colour at the top to the last at the bottom."""
    strip = bytearray()
    for row in range(_STRIP):
        place = row / (_STRIP - 1) * (len(stops) - 1)
        index = min(int(place), len(stops) - 2)
        strip += bytes(mix(stops[index], stops[index + 1], place - index))
    return Image.frombytes("RGB", (1, _STRIP), bytes(strip)).resize(size, Image.Resampling.BILINEAR)


def greys(size: tuple[int, int], stops: Sequence[int]) -> Picture:
    """A gradient of a mask's strengths, from top to bottom."""
    return gradient(size, [(stop, stop, stop) for stop in stops]).getchannel(0)


def noise(chance: random.Random, size: tuple[int, int], cells: int, stretch: float = 1.0) -> Picture:
    """Soft grey clouds; `cells` is how many of the largest lie side by side, whatever the size."""
    result = Image.new("L", size)
    for octave in (4, 3, 2, 1, 0):
        across = cells * 2**octave
        down = max(1, round(across * stretch))
        grain = Image.frombytes("L", (across, down), chance.randbytes(across * down))
        layer = grain.resize(size, Image.Resampling.BICUBIC)
        result = layer if octave == 4 else Image.blend(result, layer, 0.52)
    return result


def mask(size: tuple[int, int], draw: Callable[[ImageDraw.ImageDraw, float, float], None]) -> Picture:
    """A mask with smooth edges; `draw` gets the brush and the width and height to draw in."""
    large = Image.new("L", (size[0] * _SMOOTH, size[1] * _SMOOTH))
    draw(ImageDraw.Draw(large), float(large.width), float(large.height))
    return large.reduce(_SMOOTH)


def glow(picture: Picture, centre: Point, radius: float, colour: Colour, strength: float) -> None:
    """Light that fades with the distance. `centre` and `radius` are shares of width, height and height."""
    reach = max(2, round(radius * picture.height))
    fade = Image.radial_gradient("L").point([round(255 * strength * max(0, 1 - i / 180) ** 2) for i in range(256)])
    halo = fade.resize((reach * 2, reach * 2), Image.Resampling.BILINEAR)
    place = (round(centre[0] * picture.width) - reach, round(centre[1] * picture.height) - reach)
    picture.paste(colour, (*place, place[0] + reach * 2, place[1] + reach * 2), halo)


def soften(picture: Picture, share: float) -> Picture:
    """Blurred by a share of its height."""
    return picture.filter(ImageFilter.GaussianBlur(share * picture.height))


def ridge(chance: random.Random, waves: float, roughness: float) -> list[float]:
    """A skyline of 129 heights from 0 to 1: `waves` hills across, broken up the more the rougher."""
    broken = [0.0] * 129
    step, size = 64, 1.0
    while step:
        for x in range(step, 128, step * 2):
            broken[x] = (broken[x - step] + broken[x + step]) / 2 + chance.uniform(-size, size)
        step, size = step // 2, size * 0.56
    phases = [chance.uniform(0, math.tau) for _ in range(3)]
    rounded = [
        sum(
            math.sin(x / 128 * math.tau * waves * factor + phase) / factor
            for factor, phase in zip((1.0, 1.7, 2.9), phases, strict=True)
        )
        for x in range(129)
    ]
    heights = [a * roughness + b * (1 - roughness) for a, b in zip(broken, rounded, strict=True)]
    low, high = min(heights), max(heights)
    return [(height - low) / (high - low) for height in heights]


def curve(points: Sequence[Point], *, closed: bool, detail: int = 8) -> list[Point]:
    """A Catmull-Rom curve through all points."""
    count = len(points)
    found = []
    for index in range(count if closed else count - 1):
        if closed:
            around = [points[(index + offset) % count] for offset in (-1, 0, 1, 2)]
        else:
            around = [points[min(max(index + offset, 0), count - 1)] for offset in (-1, 0, 1, 2)]
        for part in range(detail):
            t = part / detail
            found.append((_between([p[0] for p in around], t), _between([p[1] for p in around], t)))
    return found if closed else [*found, points[-1]]


def _between(around: Sequence[float], t: float) -> float:
    a, b, c, d = around
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def oval(brush: ImageDraw.ImageDraw, centre: Point, across: float, tall: float, fill: int) -> None:
    x, y = centre
    brush.ellipse((x - across, y - tall, x + across, y + tall), fill)


def faded(shape: Picture, strength: float) -> Picture:
    """A mask that covers only by that share; above 1 soft edges grow."""
    return shape.point([min(255, round(i * strength)) for i in range(256)])


def table(start: int, end: int, strength: float) -> list[int]:
    """For `point`: lets pass what lies above `start`, in full from `end` on."""
    return [round(255 * strength * min(1.0, max(0.0, (i - start) / (end - start)))) for i in range(256)]
