"""What a grid's sheet shows, and its alternative text. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from bot.discord_limits import ALTERNATIVE_TEXT
from bot.ledger import Axis, Grid, Job, JobState
from bot.messages.rendering.alternative_texts import cut_text
from bot.messages.rendering.grids.grid_rendering import cell_words, drawn_labels, is_grid_hidden
from bot.pictures.sheets.font import can_draw
from bot.pictures.sheets.sheet import Sheet, SheetCell
from bot.translation import _

SHEET_NAME: Final = "grid.jpg"
_ONE_ROW: Final = 4
"""So many cells of a single axis stand side by side; more make several rows, which a phone shows larger."""
_REASON: Final = 90
"""Characters of a reason within a cell."""


def sheet_of(grid: Grid, cells: Sequence[Job], thumbnails: Mapping[str, bytes | None]) -> Sheet:
    """The sheet with the images that there are, by their jobs' ids."""
    hidden, single = is_grid_hidden(cells), len(grid.axes) == 1
    labels = [_labels(axis) for axis in grid.axes]
    if hidden:
        labels = [["?"] * len(of_axis) for of_axis in labels]
    shown = tuple(
        SheetCell(_image(cell, thumbnails), _words(cell), labels[0][cell.cell or 0] if single else "") for cell in cells
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


def _labels(axis: Axis) -> list[str]:
    option = axis["option"] if can_draw(axis["option"]) else ""
    return [f"{option} {label}".strip() for label in drawn_labels(axis["labels"])]


def _image(cell: Job, thumbnails: Mapping[str, bytes | None]) -> bytes | None:
    return thumbnails.get(cell.id) if cell.deleted_by is None else None


def _words(cell: Job) -> str:
    sign, word = cell_words(cell)
    if cell.state is JobState.FAILED and cell.reason and cell.deleted_by is None:
        reason = f"{word}: {' '.join(cell.reason.replace('`', '').split())[:_REASON]}"
        if can_draw(reason):
            return reason
    return word if can_draw(word) else sign
