"""What a prompt is about: silhouettes from subjects.toml, and how one stands in the light."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageColor, ImageDraw

from tests.comfyui_server.painting.brushes import Canvas, Point, curve, faded, glow
from tests.comfyui_server.painting.palette import Colour, mix, words

# Subjects are drawn this much larger and shrunk, for smooth edges.
_SMOOTH: Final = 3
# Share of the subject's height.
_RIM: Final = 0.014


@dataclass(frozen=True, slots=True)
class Shape:
    kind: str
    """polygon, blob, oval or line."""
    tone: str
    """body, shade, light, accent, or a colour like #d98a3d."""
    points: Sequence[Point]
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class Subject:
    shapes: Sequence[Shape]
    height: float
    """Share of the image's height."""
    foot: float
    """Where its lower edge is."""
    home: str
    """The landscape it stands in when the prompt names none."""
    colour: Colour | None
    """What its body looks like in white light. None: it is a dark shape, and a colour word colours its accents."""


def place(canvas: Canvas, subject: Subject, x: float, said: Colour | None = None) -> None:
    """Put it into the landscape. `said` is the colour that the prompt gives it."""
    palette = canvas.palette
    # In an upright image its width is what counts.
    share = subject.height * min(1.0, 1.15 * canvas.size[0] / canvas.size[1])
    side = round(share * canvas.size[1])
    # In the dark, colours are muted.
    muted = 0.30 if palette.dark else 0.12
    body, accent = mix(palette.near, (0, 0, 0), 0.35), palette.accent
    shade = mix(body, palette.far, 0.22)
    if subject.colour is not None:
        body = mix(mix(subject.colour, said, 0.8) if said else subject.colour, palette.near, muted)
        shade = mix(body, palette.near, 0.45)
    else:
        accent = said or accent
    tones = {"body": body, "shade": shade, "light": palette.light, "accent": mix(accent, palette.near, muted)}
    for shape in subject.shapes:
        if shape.tone.startswith("#"):
            tones[shape.tone] = mix(_rgb(shape.tone), palette.near, muted)
    figure = Image.new("RGB", (side * 2 * _SMOOTH, side * 2 * _SMOOTH), body)
    outline = Image.new("L", figure.size)
    for shape in subject.shapes:
        _draw(ImageDraw.Draw(figure), shape, side * _SMOOTH, tones[shape.tone])
        _draw(ImageDraw.Draw(outline), shape, side * _SMOOTH, 255)
    figure, outline = figure.reduce(_SMOOTH), outline.reduce(_SMOOTH)
    # The light draws a thin line along the edges that are turned to it.
    reach = max(1, round(_RIM * side))
    away = -reach if canvas.sun[0] > x else reach
    rim = faded(ImageChops.subtract(outline, ImageChops.offset(outline, away, reach)), 0.75)
    figure.paste(mix(palette.light, palette.sky[3], 0.3), (0, 0), rim)
    middle = subject.foot - share / 2
    glow(canvas.picture, (x, middle), share * 0.8, palette.sky[3], 0.35)
    corner = (round(x * canvas.size[0]) - side, round(middle * canvas.size[1]) - side)
    canvas.picture.paste(figure, corner, outline)


def _rgb(written: str) -> Colour:
    red, green, blue = ImageColor.getrgb(written)[:3]
    return red, green, blue


def _draw(brush: ImageDraw.ImageDraw, shape: Shape, side: int, fill: Colour | int) -> None:
    """In the middle of a square twice as large, so that a shape may reach out of its own."""
    points = [((0.5 + x) * side, (0.5 + y) * side) for x, y in shape.points]
    if shape.kind == "oval":
        brush.ellipse((*points[0], *points[1]), fill=fill)
    elif shape.kind == "polygon":
        brush.polygon(points, fill=fill)
    elif shape.kind == "blob":
        brush.polygon(curve(points, closed=True), fill=fill)
    else:
        stroke = curve(points, closed=False)
        wide = max(1, round(shape.width * side))
        brush.line(stroke, fill=fill, width=wide, joint="curve")
        for x, y in (stroke[0], stroke[-1]):
            brush.ellipse((x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2), fill=fill)


def _shape(line: str) -> Shape:
    kind, *rest = line.split()
    width = float(rest.pop(0)) if kind == "line" else 0.0
    tone, *pairs = rest
    points = [(float(x), float(y)) for x, y in (pair.split(",") for pair in pairs)]
    return Shape(kind, tone, points, width)


def _read() -> dict[str, Subject]:
    found = {}
    listed = tomllib.loads(Path(__file__).with_name("subjects.toml").read_text(encoding="utf-8"))
    for entry in listed.values():
        shapes = [_shape(line) for line in entry["shapes"].splitlines() if line]
        colour = _rgb(entry["colour"]) if "colour" in entry else None
        subject = Subject(shapes, entry["height"], entry["foot"], entry["home"], colour)
        found.update(dict.fromkeys(words(entry["words"]), subject))
    return found


BY_WORD: Final = _read()
