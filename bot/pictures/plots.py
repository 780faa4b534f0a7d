"""Charts as images that are readable on a phone, with Discord's dark and light themes."""

import io
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw

from bot.pictures.sheets.font import font

_WIDTH, _HEIGHT = 960, 480
_LEFT, _RIGHT, _TOP, _FOOT = 36, 36, 84, 60
"""Margins around the bars, in pixels."""
_BACKGROUND, _BAR, _LAST_WEEK, _TEXT, _DIM_TEXT = "#2b2d31", "#5865f2", "#8d93a5", "#f2f3f5", "#b5bac1"
_LARGE, _SMALL = 30, 26


def weekly_bars(
    days: Sequence[str],
    this_week: Sequence[int],
    week_before: Sequence[int],
    legend: tuple[str, str] | None,
    write: Callable[[int], str],
) -> bytes:
    """A PNG with a bar and its number for each day, and a line for the same day of the week before. `legend` says what
    the bars and the lines are; None: something else says it. `write` writes a number.

    Takes some milliseconds of CPU time: call it in a thread.
    """
    canvas = Image.new("RGB", (_WIDTH, _HEIGHT), _BACKGROUND)
    draw = ImageDraw.Draw(canvas)
    large, small = font(_LARGE), font(_SMALL)
    foot, slot = _HEIGHT - _FOOT, (_WIDTH - _LEFT - _RIGHT) / len(days)
    scale = (foot - _TOP - _LARGE) / max(1, *this_week, *week_before)
    for number, (day, made, before) in enumerate(zip(days, this_week, week_before, strict=True)):
        left, right = _LEFT + slot * (number + 0.16), _LEFT + slot * (number + 0.84)
        middle, top, line = (left + right) / 2, foot - made * scale, foot - before * scale
        if made:
            draw.rounded_rectangle((left, min(top, foot - 8), right, foot), radius=8, fill=_BAR)
        draw.line((left - 8, line, right + 8, line), fill=_LAST_WEEK, width=4)
        # If the line of the week before would run through the number, the number goes above the line.
        over = line if made < before and before * scale - made * scale < _LARGE + 12 else top
        draw.text((middle, min(over, foot) - 8), write(made), _TEXT, large, anchor="mb")
        draw.text((middle, foot + 14 + _SMALL), day, _DIM_TEXT, small, anchor="ms")
    if legend is not None:
        _draw_legend(draw, *legend)
    encoded = io.BytesIO()
    canvas.save(encoded, "PNG", optimize=True)
    return encoded.getvalue()


def _draw_legend(draw: ImageDraw.ImageDraw, bars: str, lines: str) -> None:
    letters = font(_SMALL)
    draw.rounded_rectangle((_LEFT, 26, _LEFT + 28, 54), radius=6, fill=_BAR)
    draw.text((_LEFT + 40, 40), bars, _TEXT, letters, anchor="lm")
    after = _LEFT + 40 + draw.textlength(bars, letters) + 40
    draw.line((after, 40, after + 36, 40), fill=_LAST_WEEK, width=4)
    draw.text((after + 48, 40), lines, _TEXT, letters, anchor="lm")
