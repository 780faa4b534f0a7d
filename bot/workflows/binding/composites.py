"""What a job knows about the image of which it changes only a part. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

COMPOSITE: Final = "composite"
"""A job's value of this name says what its result is put into, unless the pack has a parameter that is called so."""


@dataclass(frozen=True, slots=True)
class Composite:
    """The ledger's ids of the original (in its larger frame, if that was extended) and of its mask, both PNGs. The mask
    is 255 where the result replaces the original, and 0 where every pixel stays.

    `before` and `inner` are the image's size before and after it was scaled down to fit its frame, like `1024x768`; the
    same if it was not.
    """

    original: str
    mask: str
    before: str = ""
    inner: str = ""

    @property
    def scaled(self) -> bool:
        """Whether the image was scaled down first."""
        return self.before != self.inner

    def written(self) -> str:
        """As a job's value."""
        return f"{self.original} {self.mask} {self.before} {self.inner}".strip()


def composite_of(values: Mapping[str, object]) -> Composite | None:
    """What the job's result is put into; None if it stands for itself."""
    parts = str(values.get(COMPOSITE, "")).split()
    return Composite(*parts) if len(parts) in {2, 4} else None
