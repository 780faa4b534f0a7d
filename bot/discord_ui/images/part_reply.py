"""The private reply of **Change part**: what it shows, and what its custom ids say. Pure.

The reply itself holds all that its buttons need: its title links to the image, its text to the other images of the same
message, and the ids carry the chosen cells. So a restart in the middle loses nothing, and two replies never mix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
_ROW: Final = 5
"""The most buttons in a row."""
_LAST_ROW: Final = 4
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
_LINKED: Final = re.compile(r"\[\d+\]\(([^\s()]+)\)")


def region_of(code: str) -> Region | None:
    """The region that a custom id names; None if there is no such region."""
    if (found := _CELLS.fullmatch(code)) is not None:
        bits = int(found[1], 16)
        return Cells(bits) if 0 < bits < 1 << CELLS else None
    return _EXTENSIONS[code][2] if code in _EXTENSIONS else None


def form_title(region: Region) -> str:
    """The title of the form for the prompt."""
    return _("Change part") if isinstance(region, Cells) else _("Extend the image")


@dataclass(frozen=True, slots=True)
class Choice:
    """The images to choose from, by their addresses at Discord, and the number of the one that is shown, from 1."""

    urls: Sequence[str]
    number: int = 1

    @property
    def url(self) -> str:
        """The address of the image that is shown."""
        return self.urls[self.number - 1]


def part_embed(choice: Choice) -> discord.Embed:
    """The image with its grid, whose file comes with the message. Its title links to the image without the grid."""
    several = len(choice.urls) > 1
    embed = discord.Embed(
        title=_("Image {number}").format(number=choice.number) if several else _("Image"),
        url=choice.url,
        description=" · ".join(f"[{number}]({url})" for number, url in enumerate(choice.urls, 1)) if several else None,
    )
    return embed.set_image(url=f"attachment://{GRID_FILE}")


def choice_in(message: discord.Message) -> Choice | None:
    """The images that this reply is about; None if the message is no such reply."""
    embed = message.embeds[0] if message.embeds else None
    if embed is None or embed.url is None:
        return None
    urls = _LINKED.findall(embed.description or "") or [embed.url]
    return Choice(urls, urls.index(embed.url) + 1) if embed.url in urls else None


def part_question() -> str:
    """The text of the reply."""
    return _(_QUESTION)


def part_view(
    seen: str, job_id: str, choice: Choice, chosen: Iterable[int] = (), *, paint_url: str | None = None
) -> discord.ui.View:
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
    paint: list[discord.ui.Button[discord.ui.View]] = (
        [] if paint_url is None else [discord.ui.Button(label=_("Paint it"), url=paint_url, row=1)]
    )
    images = _image_buttons(seen, job_id, choice)
    # Two rows of images leave one row less for the rest.
    extensions = _extension_buttons(seen, job_id, raised=len(images) > _ROW)
    return view_of(menu, proceed, *paint, *extensions, *images)


def _extension_buttons(seen: str, job_id: str, *, raised: bool) -> list[discord.ui.Button[discord.ui.View]]:
    return [
        discord.ui.Button(
            label=_(label),
            custom_id=PART_OPEN_ID.format(seen=seen, job_id=job_id, region=name),
            row=row - 1 if raised else row,
        )
        for name, (label, row, _extension) in _EXTENSIONS.items()
    ]


def _image_buttons(seen: str, job_id: str, choice: Choice) -> list[discord.ui.Button[discord.ui.View]]:
    """A button for each image, if there are several. The first is shown without being asked for: one tap less."""
    count = len(choice.urls)
    if count == 1:
        return []
    return [
        discord.ui.Button(
            label=_("Image {number}").format(number=number) if count <= _ROW else str(number),
            custom_id=PART_IMAGE_ID.format(seen=seen, job_id=job_id, number=number),
            style=discord.ButtonStyle.primary if number == choice.number else discord.ButtonStyle.secondary,
            disabled=number == choice.number,
            row=_LAST_ROW - (count - 1) // _ROW + (number - 1) // _ROW,
        )
        for number in range(1, count + 1)
    ]


def paint_url_of(message: discord.Message | None) -> str | None:
    """The address of the paint page in this reply, if it offers that."""
    rows = [] if message is None else [row for row in message.components if isinstance(row, discord.ActionRow)]
    buttons = [child for row in rows for child in row.children if isinstance(child, discord.Button)]
    return next((button.url for button in buttons if button.url is not None), None)
