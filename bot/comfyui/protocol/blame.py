"""Whose fault it is that a server did not do what it was asked. Pure.

Only what a server answers to the question how it is (`/queue`) says something about the server. What it answers to a
request of one job is that job's own, or a proxy's in front of it, and must never hold up anybody else.
"""

from __future__ import annotations

import email.utils
import time
from enum import Enum
from typing import Final

HEALTH: Final = "/queue"
"""The route that every ComfyUI answers, whatever its jobs are like."""
_UNAUTHORIZED, _FORBIDDEN = 401, 403
_TOO_MANY_REQUESTS, _UNAVAILABLE = 429, 503
PUT_OFF_SECONDS: Final = 40.0
"""A job waits no longer than this, in all, for a server that puts it off: somebody waits for the job."""
_MOST_WAIT_SECONDS: Final = 300.0
"""Nobody is kept waiting for longer because a header says so."""
_AGAIN: Final = frozenset({0, *range(201, 300), 404, 408, 409, 425, 429})
"""Answers below 500 that may be others the next time; 0: one that could not be read. ComfyUI has no success but 200: of
another one nobody knows what was done.
"""
_SERVER_ERROR: Final = 500


class Blame(Enum):
    """Whose fault."""

    SERVER = "server"
    """It is away or ill: nothing can be done for anybody until it is well."""
    DOOR = "door"
    """It is well, and does not let us in."""
    PASSING = "passing"
    """It said when to come again."""
    JOB = "job"
    """This request's own."""


def blame(route: str, status: int, retry_after: float | None) -> Blame:
    """Whose fault an answer with this status is that is not the one that was asked for; 0: it could not be read."""
    if status in {_TOO_MANY_REQUESTS, _UNAVAILABLE} and retry_after is not None:
        return Blame.PASSING
    if route != HEALTH:
        return Blame.JOB
    return Blame.DOOR if status in {_UNAUTHORIZED, _FORBIDDEN} else Blame.SERVER


def worth_another_try(status: int) -> bool:
    """Whether the same request may be answered well a moment later."""
    return status in _AGAIN or status >= _SERVER_ERROR


def seconds_to_wait(header: str | None, now: float | None = None) -> float | None:
    """What a `Retry-After` header says: seconds from now on, or a date (RFC 9110, 10.2.3). None: nothing."""
    if header is None or len(header) > 64:  # noqa: PLR2004 - no date is that long
        return None
    text = header.strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), _MOST_WAIT_SECONDS)
    try:
        then = email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(0.0, then - (time.time() if now is None else now)), _MOST_WAIT_SECONDS)
