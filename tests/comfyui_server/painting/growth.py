"""What covers the ground: firs, grass and flowers, and a city's towers."""

from PIL import ImageDraw

from tests.comfyui_server.painting.brushes import Canvas, faded, gradient, mask, oval, soften
from tests.comfyui_server.painting.palette import mix
from tests.comfyui_server.painting.terrain import tone_at


def firs(
    canvas: Canvas, base: float, count: int, heights: tuple[float, float], *, depth: float = 1.0, clearing: float = 0.0
) -> None:
    """A row of firs; `clearing` is how much of the middle stays free."""
    chance = canvas.chance
    trees = [
        ((index + chance.uniform(0.1, 0.9)) / count, base + chance.uniform(0, 0.03), chance.uniform(*heights))
        for index in range(count)
    ]

    def draw(brush: ImageDraw.ImageDraw, width: float, height: float) -> None:
        for x, foot, share in trees:
            if abs(x - 0.5) < clearing / 2:
                continue
            centre, bottom, tall = x * width, foot * height, share * height
            trunk = tall * 0.018
            brush.rectangle((centre - trunk, bottom - tall * 0.2, centre + trunk, bottom + height * 0.03), 255)
            for tier in range(6):
                top = bottom - tall * (1 - tier * 0.145)
                reach = tall * (0.045 + 0.032 * tier)
                left, right = (centre - reach, top + tall * 0.23), (centre + reach, top + tall * 0.23)
                brush.polygon([(centre, top), right, left], fill=255)

    tone = tone_at(canvas, depth)
    colours = gradient(canvas.size, (mix(tone, canvas.palette.light, 0.12), tone))
    canvas.fill(mask(canvas.size, draw), colours)


def grass(canvas: Canvas, base: float) -> None:
    chance, palette = canvas.chance, canvas.palette
    blades = [(chance.uniform(-0.02, 1.02), chance.uniform(base, 1.06), chance.uniform(0.03, 0.08)) for _ in range(260)]
    flowers = [(chance.random(), chance.uniform(base + 0.01, 0.99), chance.uniform(0.003, 0.008)) for _ in range(60)]

    def draw_blades(brush: ImageDraw.ImageDraw, width: float, height: float) -> None:
        half = height * 0.0022
        for x, foot, tall in blades:
            # They lean to and fro with their length.
            tip = ((x + (tall - 0.055) * 0.8) * width, (foot - tall) * height)
            brush.polygon([(x * width - half, foot * height), (x * width + half, foot * height), tip], 255)

    def draw_flowers(brush: ImageDraw.ImageDraw, width: float, height: float) -> None:
        for x, y, size in flowers:
            radius = size * height * (0.5 + (y - base) * 6)
            oval(brush, (x * width, y * height), radius, radius * 0.8, 255)

    tone = tone_at(canvas, 0.86)
    colours = gradient(canvas.size, (mix(tone, palette.light, 0.25), tone, palette.near))
    canvas.fill(mask(canvas.size, draw_blades), colours)
    canvas.fill(mask(canvas.size, draw_flowers), mix(palette.accent, palette.near, 0.15))


def towers(canvas: Canvas, depth: float, count: int, heights: tuple[float, float]) -> None:
    chance, palette = canvas.chance, canvas.palette
    foot = 0.9 + 0.1 * depth
    # Left edge, width, height, and what its roof is like.
    blocks = [
        (
            (index + chance.uniform(-0.1, 0.35)) / count,
            chance.uniform(0.65, 1.05) / count,
            chance.uniform(*heights),
            chance.random(),
        )
        for index in range(count)
    ]
    lamps = [
        (block, chance.random(), chance.random()) for block in blocks for _ in range(round(30 + 160 * block[2] * depth))
    ]

    def draw(brush: ImageDraw.ImageDraw, width: float, height: float) -> None:
        for x, wide, tall, roof in blocks:
            left, right, top = x * width, (x + wide) * width, (foot - tall) * height
            middle, inset = (left + right) / 2, (right - left) * 0.22
            brush.rectangle((left, top, right, height), 255)
            if roof > 0.72:
                brush.line((middle, top, middle, top - 0.06 * height), 255, max(2, round(height * 0.004)))
            elif roof > 0.5:
                brush.rectangle((left + inset, top - 0.03 * height, right - inset, top), 255)
            elif roof > 0.36:
                brush.polygon([(left, top), (middle, top - 0.05 * height), (right, top)], 255)

    def windows(brush: ImageDraw.ImageDraw, width: float, height: float) -> None:
        pane = height * (0.0032 + 0.0036 * depth)
        for (x, wide, tall, _), across, down in lamps:
            columns = max(2, int(wide * width / (pane * 3.2)))
            rows = max(3, int(tall * height / (pane * 3.6)))
            left = (x + (int(across * columns) + 0.5) * wide / columns) * width
            top = (foot - tall + (int(down * rows) + 0.5) * tall / rows) * height
            brush.rectangle((left - pane * 0.7, top - pane, left + pane * 0.7, top + pane), 255)

    tone = tone_at(canvas, depth)
    haze = mix(tone, palette.sky[3], 0.35 * (1 - depth * 0.6))
    canvas.fill(mask(canvas.size, draw), gradient(canvas.size, (tone, tone, haze)))
    lit = mask(canvas.size, windows)
    strength = (0.95 if palette.dark else 0.55) * (0.45 + 0.55 * depth)
    canvas.fill(faded(soften(lit, 0.006), strength), palette.accent)
    canvas.fill(faded(lit, strength), mix(palette.light, palette.accent, chance.uniform(0, 0.3)))
