"""Decide who is to blame for a failed request: the server or the job. Pure.

Only the answer to `/queue` says something about the server's own state. A failed request of a job may be the job's
fault, or that of a proxy in front of the server, and must never delay other jobs.
"""

import email.utils
import time
from enum import Enum
from typing import Final

HEALTH: Final = "/queue"
"""Every ComfyUI answers this route, whatever its jobs are doing."""
_UNAUTHORIZED, _FORBIDDEN = 401, 403
_TOO_MANY_REQUESTS, _UNAVAILABLE = 429, 503
PUT_OFF_SECONDS: Final = 40.0
"""How long a job waits in total for a server that answers 'try again later': a person is waiting for it."""
_LONGEST_WAIT_SECONDS: Final = 300.0
"""The longest `Retry-After` that is respected."""
_RETRYABLE: Final = frozenset({0, *range(201, 300), 404, 408, 409, 425, 429})
"""Statuses below 500 that may be different the next time; 0 stands for an unreadable answer. ComfyUI's only success
status is 200: after any other 2xx it is unknown what was done.
"""
_SERVER_ERROR: Final = 500


class Blame(Enum):
    """Who caused a failed request."""

    SERVER = "server"
    """The server is down or broken: it can run nothing until it recovers."""
    ACCESS = "access"
    """The server works but does not let us in (401, 403)."""
    PAUSE = "pause"
    """The server asked us to try again later."""
    JOB = "job"
    """Only this request is at fault."""


def blame(route: str, status: int, retry_after: float | None) -> Blame:
    """Who is to blame for an unexpected answer with this status; 0 stands for an unreadable answer."""
    if status in {_TOO_MANY_REQUESTS, _UNAVAILABLE} and retry_after is not None:
        return Blame.PAUSE
    if route != HEALTH:
        return Blame.JOB
    return Blame.ACCESS if status in {_UNAUTHORIZED, _FORBIDDEN} else Blame.SERVER


def worth_another_try(status: int) -> bool:
    """Whether the same request may succeed a moment later."""
    return status in _RETRYABLE or status >= _SERVER_ERROR


def seconds_to_wait(header: str | None, now: float | None = None) -> float | None:
    """The seconds to wait by a `Retry-After` header, which is a number or a date (RFC 9110, 10.2.3); None without."""
    if header is None or len(header) > 64:  # noqa: PLR2004 - no date is that long
        return None
    text = header.strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), _LONGEST_WAIT_SECONDS)
    try:
        then = email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(0.0, then - (time.time() if now is None else now)), _LONGEST_WAIT_SECONDS)
