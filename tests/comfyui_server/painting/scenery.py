"""The landscapes, each put together from the horizon to the foreground."""

import random
from collections.abc import Callable
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageOps

from tests.comfyui_server.painting.brushes import Canvas, Picture, gradient, mask, oval, ridge, soften
from tests.comfyui_server.painting.growth import firs, grass, towers
from tests.comfyui_server.painting.palette import mix
from tests.comfyui_server.painting.rooms import kitchen, studio
from tests.comfyui_server.painting.sky import sky, space
from tests.comfyui_server.painting.terrain import ground, mist, mountain_range, skyline

_HORIZON: Final = 0.60
_SAND: Final = (232, 164, 92)
_SNOW: Final = (246, 250, 255)


def mountains(canvas: Canvas) -> None:
    sky(canvas)
    for base, height, depth in ((0.60, 0.34, 0.2), (0.70, 0.30, 0.53), (0.80, 0.22, 0.87)):
        mountain_range(canvas, base, height, depth)
    ground(canvas, 0.90, 0.10, depth=1.0)
    firs(canvas, 0.90, 16, (0.05, 0.13))


def meadow(canvas: Canvas) -> None:
    sky(canvas)
    for base, height, depth in ((0.62, 0.10, 0.25), (0.70, 0.10, 0.5), (0.80, 0.09, 0.75), (0.90, 0.06, 1.0)):
        ground(canvas, base, height, depth)
    grass(canvas, 0.88)


def forest(canvas: Canvas) -> None:
    sky(canvas)
    ground(canvas, 0.62, 0.14, depth=0.2)
    rows = ((0.72, 26, (0.22, 0.40), 0.35), (0.80, 17, (0.30, 0.52), 0.6), (0.90, 9, (0.40, 0.75), 0.85))
    for base, count, heights, depth in rows:
        firs(canvas, base, count, heights, depth=depth, clearing=0.0 if depth < 0.5 else 0.24)
        ground(canvas, base + 0.02, 0.04, depth)
        mist(canvas, base)
    ground(canvas, 0.93, 0.04, depth=1.0)
    grass(canvas, 0.92)


def desert(canvas: Canvas) -> None:
    sky(canvas)
    palette = canvas.palette
    sand = mix(mix(_SAND, palette.sky[2], 0.25), palette.far, 0.6 if palette.dark else 0.0)
    for base, height, depth in ((0.62, 0.06, 0.1), (0.72, 0.12, 0.25), (0.84, 0.14, 0.45), (0.97, 0.16, 0.6)):
        tone = mix(sand, palette.near, depth)
        stops = (mix(tone, palette.light, 0.5), tone, mix(tone, palette.near, 0.5))
        skyline(canvas, ridge(canvas.chance, 0.9, 0.08), base, height, stops)


def city(canvas: Canvas) -> None:
    sky(canvas)
    for depth, count, heights in ((0.25, 22, (0.16, 0.44)), (0.6, 15, (0.14, 0.50)), (1.0, 9, (0.10, 0.36))):
        towers(canvas, depth, count, heights)
        if depth < 1:
            mist(canvas, 0.88)


def sea(canvas: Canvas) -> None:
    """A far coast, and below the horizon the sky once more, broken by waves."""
    sky(canvas)
    mountain_range(canvas, _HORIZON + 0.02, 0.13, 0.35, snow=2.0)
    width, height = canvas.size
    line = round(height * _HORIZON)
    deep = height - line
    above = canvas.picture.crop((0, max(0, line - deep), width, line))
    mirrored = ImageOps.flip(above).resize((width, deep))
    palette = canvas.palette
    water = Image.blend(mirrored, gradient((width, deep), (palette.sky[3], palette.sky[1], palette.near)), 0.42)
    canvas.picture.paste(_rippled(water, canvas.chance), (0, line))
    _glitter(canvas)


def snow(canvas: Canvas) -> None:
    sky(canvas)
    palette, chance = canvas.palette, canvas.chance
    white = mix(_SNOW, palette.sky[2], 0.45 if palette.dark else 0.06)
    mountain_range(canvas, 0.64, 0.30, 0.2, snow=0.1)
    for base, count, heights, depth in ((0.74, 24, (0.08, 0.20), 0.5), (0.84, 9, (0.18, 0.36), 0.85)):
        firs(canvas, base, count, heights, depth=depth, clearing=0.0 if depth < 0.6 else 0.5)
        skyline(canvas, ridge(chance, 0.9, 0.06), base + 0.02, 0.05, (white, mix(white, palette.sky[1], 0.2)))
    skyline(canvas, ridge(chance, 0.7, 0.05), 0.92, 0.04, (white, mix(white, palette.sky[1], 0.3)))
    flakes = [(chance.random(), chance.random(), chance.uniform(0.002, 0.006)) for _ in range(90)]

    def draw(brush: ImageDraw.ImageDraw, width: float, height: float) -> None:
        for x, y, size in flakes:
            oval(brush, (x * width, y * height), size * height, size * height, 230)

    canvas.fill(mask(canvas.size, draw), _SNOW)


OUTDOORS: Final = ("mountains", "sea", "forest", "city", "desert", "meadow", "snow")
"""Where a scene may be if its prompt names no place."""
INDOORS: Final = ("table", "studio")
"""Where the subject is in the middle."""
LANDSCAPES: Final[dict[str, Callable[[Canvas], None]]] = {
    "mountains": mountains,
    "sea": sea,
    "forest": forest,
    "city": city,
    "desert": desert,
    "meadow": meadow,
    "snow": snow,
    "space": space,
    "table": kitchen,
    "studio": studio,
}


def finish(canvas: Canvas) -> Picture:
    """Darker corners and a fine grain hold it together."""
    corners = Image.radial_gradient("L").point([max(0, round((i - 120) * 0.44)) for i in range(256)])
    canvas.fill(corners.resize(canvas.size), mix(canvas.palette.near, (0, 0, 0), 0.5))
    grain = Image.frombytes("L", (512, 512), canvas.chance.randbytes(512 * 512))
    grain = grain.point([round(122 + i * 0.047) for i in range(256)]).resize(canvas.size)
    return ImageChops.overlay(canvas.picture, Image.merge("RGB", (grain, grain, grain)))


def _rippled(water: Picture, chance: random.Random) -> Picture:
    """Shifted row by row, the more the nearer."""
    width, height = water.size
    spare = round(width * 0.04)
    wide = water.resize((width + 2 * spare, height))
    result = water.copy()
    top = 0
    while top < height:
        near = top / height
        bottom = min(height, top + max(1, round(height * (0.006 + 0.02 * near))))
        left = spare + round(chance.uniform(-1, 1) * spare * (0.1 + 0.9 * near))
        result.paste(wide.crop((left, top, left + width, bottom)), (0, top))
        top = bottom
    return soften(result, 0.004)


def _glitter(canvas: Canvas) -> None:
    chance = canvas.chance
    dashes = [(chance.random() ** 1.3, chance.gauss(0, 1), chance.random()) for _ in range(240)]

    def draw(brush: ImageDraw.ImageDraw, width: float, height: float) -> None:
        for near, aside, size in dashes:
            x = (canvas.sun[0] + aside * (0.025 + 0.10 * near)) * width
            y = (_HORIZON + 0.005 + near * (1 - _HORIZON)) * height
            across, tall = width * (0.004 + 0.03 * near * size), height * (0.001 + 0.0035 * near)
            oval(brush, (x, y), across, tall, round(70 + 150 * size))

    canvas.fill(mask(canvas.size, draw), canvas.palette.light)
