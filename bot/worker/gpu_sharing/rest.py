"""Whether a server rests now, and until when. Pure; times are seconds since 1970."""

from collections.abc import Sequence
from typing import Final

from bot.ledger import BUSY, PAUSED, QUIET, Pause, Rest
from bot.settings import QuietHours

_MOST_JOINED: Final = 8
"""How many rests in a row are counted as one, from a pause into quiet hours and on."""


def rest_at(now: float, quiet: QuietHours | None, pauses: Sequence[Pause], *, busy: bool) -> Rest | None:
    """Why the server rests, and when all known reasons are over; None if it takes jobs."""
    why, end = None, now
    for _ in range(_MOST_JOINED):
        current = [pause for pause in pauses if pause.until is None or pause.until > end]
        if any(pause.until is None for pause in current):
            return Rest(PAUSED)
        if current:
            why, end = why or PAUSED, max(pause.until or end for pause in current)
        elif quiet is not None and (over := quiet.ends_at(end)) is not None:
            why, end = why or QUIET, over
        else:
            break
    if why is None:
        return Rest(BUSY) if busy else None
    return Rest(why, end)
