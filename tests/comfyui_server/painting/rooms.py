"""Where there is no horizon: a table by a window for food and drink, a studio for portraits."""

from typing import Final

from PIL import Image, ImageDraw

from tests.comfyui_server.painting.brushes import (
    Canvas,
    faded,
    glow,
    gradient,
    mask,
    noise,
    oval,
    soften,
    table,
)
from tests.comfyui_server.painting.palette import Colour, mix

_WOOD: Final = (176, 116, 70)
_EDGE: Final = 0.68
"""How far down the table begins."""


def kitchen(canvas: Canvas) -> None:
    palette = canvas.palette
    wall = mix(palette.sky[3], palette.far, 0.35)
    if palette.dark:
        wall = mix(palette.far, palette.near, 0.4)
    canvas.picture.paste(gradient(canvas.size, (mix(wall, palette.near, 0.25), wall, mix(wall, palette.light, 0.25))))
    _window(canvas, 0.02 if canvas.sun[0] < 0.5 else 0.60)
    glow(canvas.picture, canvas.sun, 0.9, palette.light, 0.35)
    _boards(canvas, mix(_WOOD, palette.near, 0.45 if palette.dark else 0.08))


def _window(canvas: Canvas, left: float) -> None:
    """A window of six panes, and the sky behind it."""

    def panes(brush: ImageDraw.ImageDraw, width: float, height: float) -> None:
        for column in range(2):
            for row in range(3):
                x, y = left + 0.19 * column, 0.06 + 0.17 * row
                brush.rectangle((x * width, y * height, (x + 0.175) * width, (y + 0.155) * height), 255)

    shape = mask(canvas.size, panes)
    canvas.fill(faded(soften(shape, 0.03), 0.6), canvas.palette.light)
    canvas.fill(shape, gradient(canvas.size, canvas.palette.sky))


def _boards(canvas: Canvas, wood: Colour) -> None:
    """A table top that reaches to the lower edge, with the shadow that lies on it in the middle."""
    palette = canvas.palette
    stops = (mix(wood, palette.light, 0.35), wood, mix(wood, palette.near, 0.35))
    width, height = canvas.size
    top = round(height * _EDGE)
    canvas.picture.paste(gradient((width, height - top), stops), (0, top))

    def joints(brush: ImageDraw.ImageDraw, wide: float, tall: float) -> None:
        for index in range(-4, 5):
            # They run towards one point behind the table.
            upper, lower = (0.5 + index * 0.13) * wide, (0.5 + index * 0.2) * wide
            brush.line((upper, tall * _EDGE, lower, tall), 110, max(2, round(tall * 0.004)))

    def shadow(brush: ImageDraw.ImageDraw, wide: float, tall: float) -> None:
        oval(brush, (0.5 * wide, 0.89 * tall), 0.32 * wide, 0.045 * tall, 190)

    canvas.fill(mask(canvas.size, joints), mix(wood, (0, 0, 0), 0.5))
    canvas.fill(soften(mask(canvas.size, shadow), 0.02), mix(wood, (0, 0, 0), 0.6))


def studio(canvas: Canvas) -> None:
    """A cloth in soft light."""
    palette = canvas.palette
    deep = mix(palette.sky[0], palette.near, 0.3)
    canvas.picture.paste(gradient(canvas.size, (deep, palette.sky[1], mix(palette.sky[2], palette.near, 0.2))))
    folds = noise(canvas.chance, canvas.size, 2, 1.2)
    canvas.fill(folds.point(table(110, 220, 0.35)), palette.sky[3])
    canvas.fill(Image.new("L", canvas.size, 30), palette.accent)
    glow(canvas.picture, (0.5, 0.42), 0.75, palette.light, 0.55)
