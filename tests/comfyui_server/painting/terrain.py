"""The lie of the land: hills, mountains and the mist between them, the paler the farther away."""

import random
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw

from tests.comfyui_server.painting.brushes import Canvas, Picture, Point, faded, gradient, greys, mask, ridge
from tests.comfyui_server.painting.palette import Colour, mix


def tone_at(canvas: Canvas, depth: float) -> Colour:
    """What is far, at 0, has the colour of the air; what is near, at 1, is dark."""
    air = mix(canvas.palette.far, canvas.palette.sky[3], 0.35)
    return mix(air, canvas.palette.near, depth)


def skyline(canvas: Canvas, heights: Sequence[float], base: float, height: float, stops: Sequence[Colour]) -> Picture:
    """Fill all below a line that reaches from `base` up by `height`; the colours run down from its top."""

    def draw(brush: ImageDraw.ImageDraw, wide: float, tall: float) -> None:
        line = [(x / 128 * wide, (base - share * height) * tall) for x, share in enumerate(heights)]
        brush.polygon([*line, (wide, tall), (0, tall)], fill=255)

    shape = mask(canvas.size, draw)
    fill = Image.new("RGB", canvas.size, stops[-1])
    strip = (canvas.size[0], max(2, round((height + 0.16) * canvas.size[1])))
    # A little higher than the highest summit, whose edge would show the lowest colour otherwise.
    fill.paste(gradient(strip, stops), (0, round((base - height) * canvas.size[1]) - 2))
    canvas.fill(shape, fill)
    return shape


def ground(canvas: Canvas, base: float, height: float, depth: float) -> None:
    tone = tone_at(canvas, depth)
    stops = (mix(tone, canvas.palette.light, 0.16), tone, mix(tone, canvas.palette.near, 0.35))
    skyline(canvas, ridge(canvas.chance, 1.1, 0.15), base, height, stops)


def mist(canvas: Canvas, base: float) -> None:
    band = greys(canvas.size, (0, 0, 0, 0, 0, 110, 20))
    shifted = Image.new("L", canvas.size)
    shifted.paste(band, (0, round((base - 0.86) * canvas.size[1])))
    canvas.fill(faded(shifted, 0.75), mix(canvas.palette.sky[3], canvas.palette.sky[2], 0.4))


def mountain_range(canvas: Canvas, base: float, height: float, depth: float, *, snow: float = 0.6) -> None:
    """Mountains, white above the share `snow` of their height, and in shadow away from the sun."""
    chance, palette = canvas.chance, canvas.palette
    tone = tone_at(canvas, depth)
    heights = ridge(chance, 1.3, 0.72)
    stops = (mix(tone, palette.light, 0.14), tone, mix(tone, palette.sky[3], 0.55))
    shape = skyline(canvas, heights, base, height, stops)
    snow_line = [snow + 0.22 * (share - 0.5) for share in ridge(chance, 5, 0.9)]
    flanks = _flanks(heights, -1 if canvas.sun[0] > 0.5 else 1, chance)

    def white(brush: ImageDraw.ImageDraw, wide: float, tall: float) -> None:
        above = [max(share, line) for share, line in zip(heights, snow_line, strict=True)]
        upper = [(x / 128 * wide, (base - share * height) * tall) for x, share in enumerate(above)]
        lower = [(x / 128 * wide, (base - share * height) * tall) for x, share in enumerate(snow_line)]
        brush.polygon([*upper, *reversed(lower)], fill=215)

    def shadow(brush: ImageDraw.ImageDraw, wide: float, tall: float) -> None:
        for flank in flanks:
            brush.polygon([(x / 128 * wide, (base - share * height) * tall) for x, share in flank], fill=170)

    canvas.fill(ImageChops.multiply(mask(canvas.size, white), shape), mix(palette.light, palette.sky[2], 0.2))
    shade = ImageChops.multiply(ImageChops.multiply(mask(canvas.size, shadow), shape), _haze(canvas, base, height))
    canvas.fill(shade, mix(tone, palette.near, 0.75))


def _haze(canvas: Canvas, base: float, height: float) -> Picture:
    """A mask under which shadows fade towards the foot of the mountains."""
    top, bottom = round((base - height) * canvas.size[1]), round(base * canvas.size[1])
    haze = Image.new("L", canvas.size)
    haze.paste(greys((canvas.size[0], max(2, bottom - top)), (255, 200, 0)), (0, top))
    return haze


def _flanks(heights: Sequence[float], away: int, chance: random.Random) -> list[list[Point]]:
    """The side of each summit that lies in shadow: down its ridge to the saddle, and back up a ragged spur."""
    found = []
    for summit in range(128):
        if heights[summit] != max(heights[max(0, summit - 5) : summit + 6]):
            continue
        saddle = summit
        while 0 < saddle < 128 and heights[saddle + away] <= heights[saddle] + 0.015:
            saddle += away
        if abs(saddle - summit) < 3:
            continue
        down = [(float(x), heights[x]) for x in range(summit, saddle + away, away)]
        drop = (heights[summit] + 0.2) / 6
        spur = [
            (summit + chance.uniform(-1.6, 1.6) + away * part * 0.5, heights[summit] - part * drop)
            for part in range(1, 7)
        ]
        found.append([*down, (saddle + 9.0 * away, -0.2), *reversed(spur)])
    return found
