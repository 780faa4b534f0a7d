"""Whether a running job's message has anything new to say. Pure; times in seconds by any clock.

Every edit counts against Discord's limits, and a time that only counts down is known to everybody who reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.comfyui import Snapshot

_SEGMENT: Final = 0.1
"""The bar's: what moves it by less changes nothing that is seen."""
_TIME_SECONDS: Final = 5.0
_TIME: Final = 0.1
"""The time left alone is told again once it is off by so many seconds, and by this share."""


@dataclass(frozen=True, slots=True)
class Running:
    """What the message of a running job says: how far it is, and how many seconds are left where that is known."""

    snapshot: Snapshot
    seconds_left: float | None


def newest(told: Running | None, now: Running) -> Running:
    """What is to be told, given what was told last: that very thing while nothing new is worth an edit."""
    return now if told is None or _is_news(told, now) else told


def _is_news(told: Running, now: Running) -> bool:
    before, after = told.snapshot, now.snapshot
    if (before.stage, before.step, before.steps) != (after.stage, after.step, after.steps):
        return True
    if int(before.fraction / _SEGMENT) != int(after.fraction / _SEGMENT):
        return True
    if told.seconds_left is None or now.seconds_left is None:
        return told.seconds_left is not now.seconds_left
    return abs(told.seconds_left - now.seconds_left) >= max(_TIME_SECONDS, _TIME * told.seconds_left)
