"""Tell Discord's own answers from those of a broken machine in between. Pure.

A proxy or a captive portal may answer a request in Discord's place, with any status and any body. Believing it would
lose a message: one that was never edited would count as edited, one that exists as deleted.
"""

import json
import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp

_HALF: Final = 0.5
"""Seconds. The header Date leaves out fractions of a second, half a second on average."""
_LONGEST_SECONDS: Final = 86_400.0
_ACCEPTED: Final = range(200, 300)
_REFUSED: Final = range(400, 500)
_NO_CONTENT, _NOT_FOUND, _FORBIDDEN, _CONTENT_TOO_LARGE, _TOO_MANY_REQUESTS = 204, 404, 403, 413, 429


class NonsenseAnswer(aiohttp.ClientOSError):
    """An answer that cannot be Discord's. What became of the request is not known."""


def check_answer(status: int, body: bytes, *, message: bool = False) -> None:
    """Raise `NonsenseAnswer` if this cannot be Discord's answer. `message`: it should contain a message.

    Statuses of 500 and above need no proof: nobody takes them for an answer.
    """
    if status in {_NO_CONTENT, _CONTENT_TOO_LARGE} or status not in {*_ACCEPTED, *_REFUSED}:
        return
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise NonsenseAnswer(f"not Discord's answer: {status} with a body that is not JSON") from fault
    if status == _TOO_MANY_REQUESTS:
        right = retry_after_of(told) is not None
    elif status in _REFUSED:
        default = None if status in {_FORBIDDEN, _NOT_FOUND} else 0
        right = isinstance(told, dict) and _is_code(told.get("code", default))
    elif message:
        right = isinstance(told, dict) and _is_id(told.get("id"))
    else:
        right = isinstance(told, dict | list)
    if not right:
        raise NonsenseAnswer(f"not Discord's answer: {status} with a body of another kind")


def read_clock(headers: Mapping[str, str]) -> float | None:
    """Seconds since 1970; None if the answer does not say, or did not come through Discord's own proxy."""
    if "Via" not in headers:
        return None
    try:
        return parsedate_to_datetime(headers["Date"]).timestamp() + _HALF
    except (KeyError, ValueError, TypeError):
        return None


def retry_after_of(told: Any) -> float | None:  # noqa: ANN401 - any JSON
    """How many seconds a refusal (429) says to wait; None if it does not say so as Discord does. Discord never asks for
    more than a day.
    """
    seconds = told.get("retry_after") if isinstance(told, dict) else None
    right = isinstance(seconds, int | float) and not isinstance(seconds, bool) and math.isfinite(seconds)
    return float(seconds) if right and seconds is not None and 0 <= seconds <= _LONGEST_SECONDS else None


def _is_code(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and value.isdecimal()
