"""A grid and everything that the ledger stores about it, beside the jobs of its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict


class Axis(TypedDict):
    """One axis: the option that changes along it, and how each of its values is written on the sheet."""

    option: str
    labels: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrid:
    """A grid as a member requests it. `id` is a UUID. The first of the `axes` runs from left to right, the second, if
    there is one, from top to bottom. The other fields are as in `NewJob`.
    """

    id: str
    guild_id: int | None
    channel_id: int
    user_id: int
    application_id: int
    interaction_token: str
    upload_limit: int
    channel_visible: bool
    private: bool
    workflow: str
    prompt: str
    axes: Sequence[Axis]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid(NewGrid):
    """A grid as the ledger stores it. Times are seconds since 1970, by the database's clock.

    `message_id` is the message with its sheet. `closed_at`: the sheet shows how all cells ended. `stale`: it also shows
    an image that was deleted since.
    """

    message_id: int | None
    created_at: float
    warned_at: float | None
    closed_at: float | None
    deleted_by: int | None
    stale: bool = False

    @property
    def columns(self) -> int:
        """How many cells are in a row."""
        return len(self.axes[0]["labels"])

    @property
    def rows(self) -> int:
        """How many rows of cells there are."""
        return len(self.axes[1]["labels"]) if len(self.axes) > 1 else 1
