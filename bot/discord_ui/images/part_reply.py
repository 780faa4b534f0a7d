"""The private reply of **Change part**: what it shows, and what its custom ids say. Pure.

The reply itself holds all that its buttons need: its title links to the image, and the ids carry the chosen cells. So a
restart in the middle loses nothing, and two replies never mix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import discord

from bot.discord_ui.core.views import view_of
from bot.pictures.parts.regions import CELLS, Cells, Extension, Region, cell_name
from bot.translation import N_, _

PART_IMAGE_ID: Final = "darkroom:part:image:{seen}:{job_id}:{number}"
PART_CELLS_ID: Final = "darkroom:part:cells:{seen}:{job_id}"
PART_OPEN_ID: Final = "darkroom:part:open:{seen}:{job_id}:{region}"
PART_FORM_ID: Final = "darkroom:part:form:{seen}:{job_id}:{region}"

PUBLIC, PRIVATE = "all", "one"
"""Who sees the message whose image is to change, and so the new one: `seen` in the custom ids."""
GRID_FILE: Final = "grid.jpg"
_QUESTION: Final = N_(
    "Which part should change? Choose its cells below and press **Continue**. Or make the frame larger: zoom out, or "
    "pan to one side."
)
_ZOOM_ROW, _PAN_ROW = 2, 3
_EXTENSIONS: Final[Mapping[str, tuple[str, int, Extension]]] = {
    "zoom-15": (N_("Zoom out 1.5x"), _ZOOM_ROW, Extension(0.25, 0.25, 0.25, 0.25)),
    "zoom-20": (N_("Zoom out 2x"), _ZOOM_ROW, Extension(0.5, 0.5, 0.5, 0.5)),
    "left": (N_("Pan left"), _PAN_ROW, Extension(left=0.5)),
    "right": (N_("Pan right"), _PAN_ROW, Extension(right=0.5)),
    "up": (N_("Pan up"), _PAN_ROW, Extension(top=0.5)),
    "down": (N_("Pan down"), _PAN_ROW, Extension(bottom=0.5)),
}
"""By its code in a custom id: a button's label, its row, and how the frame grows."""
_CELLS: Final = re.compile("cells-([0-9a-f]{1,7})")


def region_of(code: str) -> Region | None:
    """The region that a custom id names; None if there is no such region."""
    if (found := _CELLS.fullmatch(code)) is not None:
        bits = int(found[1], 16)
        return Cells(bits) if 0 < bits < 1 << CELLS else None
    return _EXTENSIONS[code][2] if code in _EXTENSIONS else None


def form_title(region: Region) -> str:
    """The title of the form for the prompt."""
    return _("Change part") if isinstance(region, Cells) else _("Extend the image")


def part_embed(url: str, number: int | None) -> discord.Embed:
    """The image with its grid. `url` is the image without the grid; `number` is its place among several."""
    title = _("Image") if number is None else _("Image {number}").format(number=number)
    return discord.Embed(title=title, url=url).set_image(url=f"attachment://{GRID_FILE}")


def source_of(message: discord.Message) -> str | None:
    """The address of the image that this reply is about; None if the message is no such reply."""
    return message.embeds[0].url if message.embeds else None


def part_question() -> str:
    """The text of the reply."""
    return _(_QUESTION)


def part_view(seen: str, job_id: str, chosen: Iterable[int] = (), *, paint_url: str | None = None) -> discord.ui.View:
    """The menu of cells and the buttons. `chosen` are the numbers of the cells chosen so far; `paint_url` is the
    address of the paint page, if there is one.
    """
    numbers = {number for number in chosen if 0 <= number < CELLS}
    options = [
        discord.SelectOption(label=cell_name(number), value=str(number), default=number in numbers)
        for number in range(CELLS)
    ]
    menu: discord.ui.Select[discord.ui.View] = discord.ui.Select(
        custom_id=PART_CELLS_ID.format(seen=seen, job_id=job_id),
        placeholder=_("Cells to change"),
        max_values=CELLS,
        options=options,
        row=0,
    )
    code = f"cells-{sum(1 << number for number in numbers):x}"
    proceed: discord.ui.Button[discord.ui.View] = discord.ui.Button(
        label=_("Continue"),
        custom_id=PART_OPEN_ID.format(seen=seen, job_id=job_id, region=code),
        style=discord.ButtonStyle.primary,
        disabled=not numbers,
        row=1,
    )
    extensions: list[discord.ui.Button[discord.ui.View]] = [
        discord.ui.Button(label=_(label), custom_id=PART_OPEN_ID.format(seen=seen, job_id=job_id, region=name), row=row)
        for name, (label, row, _extension) in _EXTENSIONS.items()
    ]
    paint: list[discord.ui.Button[discord.ui.View]] = (
        [] if paint_url is None else [discord.ui.Button(label=_("Paint it"), url=paint_url, row=1)]
    )
    return view_of(menu, proceed, *paint, *extensions)


def paint_url_of(message: discord.Message | None) -> str | None:
    """The address of the paint page in this reply, if it offers that."""
    rows = [] if message is None else [row for row in message.components if isinstance(row, discord.ActionRow)]
    buttons = [child for row in rows for child in row.children if isinstance(child, discord.Button)]
    return next((button.url for button in buttons if button.url is not None), None)
