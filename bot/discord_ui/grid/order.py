"""What a member asked `/grid` for: kept while they decide whether to start."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import discord

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.grid.axes import PROMPT_AXIS, AxisValues
from bot.translation import _


@dataclass(slots=True)
class GridOrder:
    """`options` are those of `/imagine` that every cell has, the prompt among them, `seed` the one that all share.
    `interaction` is that of the command, whose reply asks whether to start. `started`: Start was pressed.
    """

    interaction: discord.Interaction[Darkroom]
    workflow: str
    options: Mapping[str, object]
    axes: tuple[AxisValues, ...]
    seed: int
    image: discord.Attachment | None
    private: bool
    spoiler: bool
    started: bool = False

    def cells(self) -> Iterator[dict[str, object]]:
        """The options of each cell, row by row. The first axis runs from left to right."""
        for places in itertools.product(*(axis.values for axis in reversed(self.axes))):
            options = dict(self.options)
            # A choice within another one comes after it: replacing it first would change the text of the outer one.
            valued = zip(self.axes, reversed(places), strict=True)
            for axis, value in sorted(valued, key=lambda one: -len(one[0].written)):
                if axis.option == PROMPT_AXIS:
                    options["prompt"] = str(options["prompt"]).replace(axis.written, str(value))
                else:
                    options[axis.option] = value
            yield options

    @property
    def count(self) -> int:
        """How many cells there are."""
        count = 1
        for axis in self.axes:
            count *= len(axis.values)
        return count

    def size(self) -> str:
        """What varies, in words: “3 steps × 2 guidance”."""
        return " × ".join(f"{len(axis.values)} {axis.option or _('variants of the prompt')}" for axis in self.axes)
