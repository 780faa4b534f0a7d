"""Which part of an image is to change. Pure."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

MOST_PART_PIXELS: Final = 24_000_000
"""Pixels of an image that is to change. It, its mask and its result are in memory together."""
GRID: Final = 5
"""Rows and columns of the grid that members choose cells from."""
CELLS: Final = GRID * GRID


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of a grid over the image: the bit `row * GRID + column` of `bits` stands for a cell."""

    bits: int


@dataclass(frozen=True, slots=True)
class Painted:
    """A PNG of the image's size that a member drew: bright and opaque where the image is to change. The file, or where
    it is.
    """

    png: bytes | Path


@dataclass(frozen=True, slots=True)
class Extension:
    """How far the frame grows at each side, as a share of the image's width (left, right) or height (top, bottom)."""

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0


Region = Cells | Painted | Extension

MaskForm = Literal["white", "black", "transparent", "opaque"]
"""How a workflow wants its mask: a grey image in which white (or black) changes, or the original itself, transparent
(or opaque) where it changes.
"""


def cell_name(number: int) -> str:
    """The label of a cell: letters for the columns, numbers for the rows, so A1 is the top left one."""
    row, column = divmod(number, GRID)
    return f"{chr(ord('A') + column)}{row + 1}"
