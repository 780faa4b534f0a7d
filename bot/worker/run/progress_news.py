"""Decides whether a running job's message has anything new to show. Pure; times in seconds by any clock.

Every edit counts against Discord's limits, and readers can count down a time themselves.
"""

from dataclasses import dataclass
from typing import Final

from bot.comfyui import Snapshot

_SEGMENT: Final = 0.1
"""A segment of the bar. Smaller moves are not visible."""
_TIME_SECONDS: Final = 5.0
_TIME: Final = 0.1
"""A changed time left is worth an edit once it is off by this many seconds and by this share."""


@dataclass(frozen=True, slots=True)
class ShownProgress:
    """What the message of a running job shows: its progress, and the seconds left if they are known."""

    snapshot: Snapshot
    seconds_left: float | None


def newest(shown: ShownProgress | None, now: ShownProgress) -> ShownProgress:
    """What to show, given what was shown last: the same value while nothing new is worth an edit."""
    return now if shown is None or _is_news(shown, now) else shown


def _is_news(shown: ShownProgress, now: ShownProgress) -> bool:
    before, after = shown.snapshot, now.snapshot
    if (before.stage, before.step, before.steps) != (after.stage, after.step, after.steps):
        return True
    if int(before.fraction / _SEGMENT) != int(after.fraction / _SEGMENT):
        return True
    if shown.seconds_left is None or now.seconds_left is None:
        return shown.seconds_left is not now.seconds_left
    return abs(shown.seconds_left - now.seconds_left) >= max(_TIME_SECONDS, _TIME * shown.seconds_left)
