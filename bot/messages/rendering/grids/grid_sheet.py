"""What a grid's sheet shows, and its alternative text. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from bot.discord_limits import ALTERNATIVE_TEXT
from bot.ledger import Grid, Job, JobState
from bot.messages.rendering.alternative_texts import cut_text
from bot.messages.rendering.grids.grid_rendering import is_grid_hidden
from bot.pictures.sheets.sheet import Sheet, SheetCell
from bot.translation import N_, _

SHEET_NAME: Final = "grid.jpg"
_ONE_ROW: Final = 4
"""So many cells of a single axis stand side by side; more make several rows, which a phone shows larger."""
_REASON: Final = 90
"""Characters of a reason within a cell."""
_WORDS: Final[Mapping[JobState, str]] = {
    JobState.QUEUED: N_("waiting"),
    JobState.RUNNING: N_("running …"),
    JobState.FAILED: N_("failed"),
    JobState.CANCELLED: N_("cancelled"),
    JobState.DONE: N_("no preview"),
}


def sheet_of(grid: Grid, cells: Sequence[Job], thumbnails: Mapping[str, bytes | None]) -> Sheet:
    """The sheet with the images that there are, by their jobs' ids."""
    hidden, single = is_grid_hidden(cells), len(grid.axes) == 1
    labels = [[_drawn(axis["option"], label, n) for n, label in enumerate(axis["labels"], 1)] for axis in grid.axes]
    if hidden:
        labels = [["?"] * len(of_axis) for of_axis in labels]
    shown = tuple(
        SheetCell(thumbnails.get(cell.id), _words(cell), labels[0][cell.cell or 0] if single else "") for cell in cells
    )
    if single:
        across = len(shown) if len(shown) <= _ONE_ROW else math.ceil(math.sqrt(len(shown)))
        return Sheet(across, (), (), shown)
    return Sheet(grid.columns, tuple(labels[0]), tuple(labels[1]), shown)


def sheet_text(grid: Grid, cells: Sequence[Job]) -> str:
    """The alternative text: what varies, and what was asked for if everybody may read that."""
    done = sum(cell.state is JobState.DONE for cell in cells)
    text = _("AI-generated images in a grid: {done} of {count} are done").format(done=done, count=len(cells))
    if is_grid_hidden(cells):
        return f"{text}."
    axes = "; ".join(f"{axis['option']} {', '.join(axis['labels'])}".strip() for axis in grid.axes)
    words = " ".join(f"{text}. {axes}. {grid.prompt}".split()).replace("@", "@\N{ZERO WIDTH SPACE}")
    return cut_text(words, ALTERNATIVE_TEXT)


def _words(cell: Job) -> str:
    if cell.state is JobState.QUEUED and cell.held_by is not None:
        return _("waits for a moderator") if not cell.held_by else _("on hold")
    if cell.state is JobState.FAILED and cell.reason:
        return f"{_(_WORDS[cell.state])}: {' '.join(cell.reason.replace('`', '').split())[:_REASON]}"
    return _(_WORDS[cell.state])


def _drawn(option: str, label: str, number: int) -> str:
    """A label that the sheet's font can draw: it has Latin letters only. The message's text lists all values."""
    text = f"{option} {label}".strip()
    return text if text.isascii() else f"{option} {number}".strip() if option.isascii() else str(number)
