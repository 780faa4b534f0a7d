"""What is above the horizon, or all there is: day and night skies, and outer space."""

from PIL import Image, ImageChops, ImageDraw, ImageOps

from tests.comfyui_server.painting.brushes import (
    Canvas,
    Picture,
    Point,
    faded,
    glow,
    gradient,
    greys,
    mask,
    noise,
    oval,
    soften,
    table,
)
from tests.comfyui_server.painting.palette import Colour, mix

_WHITE: Colour = (255, 255, 255)


def sky(canvas: Canvas) -> None:
    palette = canvas.palette
    canvas.picture.paste(gradient(canvas.size, palette.sky))
    if palette.dark:
        _stars(canvas, 220)
    _clouds(canvas, 0.42 if palette.dark else 0.78)
    glow(canvas.picture, canvas.sun, 0.75, palette.light, 0.34)
    glow(canvas.picture, canvas.sun, 0.26, palette.light, 0.62)
    radius = canvas.chance.uniform(0.045, 0.075)
    _disc(canvas, canvas.sun, radius, mix(palette.light, _WHITE, 0.35))
    if palette.dark:
        _craters(canvas, radius)


def space(canvas: Canvas) -> None:
    """A nebula, stars, and a planet with a ring in the light of a sun outside the image."""
    palette = canvas.palette
    deep = mix(palette.sky[0], (4, 4, 14), 0.75)
    canvas.picture.paste(gradient(canvas.size, (deep, mix(palette.sky[1], deep, 0.55), deep)))
    for colour, strength in ((palette.sky[2], 0.75), (palette.accent, 0.6), (palette.sky[3], 0.4)):
        veil = noise(canvas.chance, canvas.size, 2, 0.8)
        canvas.fill(veil.point(table(120, 215, strength)), colour)
    _stars(canvas, 420)
    _planet(canvas)


def _stars(canvas: Canvas, count: int) -> None:
    chance = canvas.chance
    stars = [(chance.random(), chance.random() ** 1.6, chance.random()) for _ in range(count)]

    def draw(brush: ImageDraw.ImageDraw, width: float, height: float) -> None:
        for x, y, size in stars:
            radius = max(0.8, height * (0.0008 + 0.0026 * size**8))
            oval(brush, (x * width, y * height * 0.9), radius, radius, round(90 + 165 * size))

    points = mask(canvas.size, draw)
    canvas.fill(faded(soften(points, 0.006), 3), mix(canvas.palette.sky[2], _WHITE, 0.5))
    canvas.fill(points, _WHITE)


def _clouds(canvas: Canvas, strength: float) -> None:
    palette = canvas.palette
    clouds = noise(canvas.chance, canvas.size, 2, 3.2).point(table(132, 205, strength))
    # Thinner towards the zenith and at the horizon.
    fade = greys(canvas.size, (90, 255, 160, 30))
    lit = mix(palette.sky[3], palette.light, 0.5)
    canvas.fill(ImageChops.multiply(clouds, fade), mix(lit, palette.sky[1], 0.55) if palette.dark else lit)


def _disc(canvas: Canvas, centre: Point, radius: float, colour: Colour) -> None:
    def draw(brush: ImageDraw.ImageDraw, width: float, height: float) -> None:
        oval(brush, (centre[0] * width, centre[1] * height), radius * height, radius * height, 255)

    canvas.fill(mask(canvas.size, draw), colour)


def _craters(canvas: Canvas, radius: float) -> None:
    chance = canvas.chance
    shade = mix(canvas.palette.light, canvas.palette.sky[2], 0.28)
    for _ in range(6):
        x = canvas.sun[0] + chance.uniform(-0.55, 0.55) * radius * canvas.size[1] / canvas.size[0]
        y = canvas.sun[1] + chance.uniform(-0.55, 0.55) * radius
        _disc(canvas, (x, y), radius * chance.uniform(0.08, 0.24), shade)


def _planet(canvas: Canvas) -> None:
    palette, chance = canvas.palette, canvas.chance
    radius = chance.uniform(0.22, 0.30)
    centre = (chance.choice((0.32, 0.68)), chance.uniform(0.34, 0.48))
    side = round(radius * 2 * canvas.size[1])

    def ball(brush: ImageDraw.ImageDraw, width: float, height: float) -> None:
        oval(brush, (width / 2, height / 2), width / 2 - 1, height / 2 - 1, 255)

    glow(canvas.picture, centre, radius * 1.6, palette.sky[3], 0.4)
    ring_colour = mix(palette.sky[3], palette.light, 0.5)
    # Its far half lies behind the planet.
    canvas.fill(faded(_ring(canvas, centre, radius, 180), 0.6), ring_colour)
    corner = (round(centre[0] * canvas.size[0] - side / 2), round(centre[1] * canvas.size[1] - side / 2))
    canvas.picture.paste(_surface(canvas, side), corner, mask((side, side), ball))
    canvas.fill(_ring(canvas, centre, radius, 0), ring_colour)


def _surface(canvas: Canvas, side: int) -> Picture:
    """Slanting bands, and night on the side away from the sun."""
    palette, chance = canvas.palette, canvas.chance
    colours = (palette.accent, palette.sky[2], palette.sky[3], palette.far)
    bands = gradient((side * 2, side), [chance.choice(colours) for _ in range(9)])
    slanting = bands.rotate(chance.uniform(-24, 24), Image.Resampling.BILINEAR, expand=True)
    surface = ImageOps.fit(slanting, (side, side), bleed=0.2)
    edge = (round(side * 0.75), round(side * 1.75))
    night = Image.radial_gradient("L").resize((side * 2, side * 2)).crop((edge[0], edge[0], edge[1], edge[1]))
    surface.paste((3, 3, 12), (0, 0), faded(night, 1.3))
    return surface


def _ring(canvas: Canvas, centre: Point, radius: float, start: int) -> Picture:
    """The half of the ring that begins at that angle."""

    def draw(brush: ImageDraw.ImageDraw, width: float, height: float) -> None:
        x, y = centre[0] * width, centre[1] * height
        for reach in (1.36, 1.42, 1.50, 1.56, 1.62, 1.74):
            across = radius * reach * height
            box = (x - across, y - across * 0.22, x + across, y + across * 0.22)
            strength = round(250 - 225 * (reach - 1.36))
            brush.arc(box, start, start + 180, fill=strength, width=max(2, round(height * 0.006)))

    return mask(canvas.size, draw)
