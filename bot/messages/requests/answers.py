"""Tell Discord's own answers from those of a broken machine in between. Pure.

A proxy or a captive portal may answer a request in Discord's place, with any status and any body. Believing it would
lose a message: one that was never edited would count as edited, one that exists as deleted.
"""

import json
import math
from typing import Any, Final

_ACCEPTED: Final = range(200, 300)
_REFUSED: Final = range(400, 500)
_NO_CONTENT, _NOT_FOUND, _FORBIDDEN, _CONTENT_TOO_LARGE, _TOO_MANY_REQUESTS = 204, 404, 403, 413, 429


def nonsense_in(status: int, body: bytes, *, message: bool = False) -> str | None:
    """Why this answer cannot be Discord's; None if it can. `message`: it should contain a message.

    Statuses of 500 and above need no proof: nobody takes them for an answer.
    """
    if status in {_NO_CONTENT, _CONTENT_TOO_LARGE} or status not in {*_ACCEPTED, *_REFUSED}:
        return None
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return f"{status} with a body that is not JSON"
    if status == _TOO_MANY_REQUESTS:
        return None if retry_after_of(told) is not None else "429 that does not say how long to wait"
    if status in _REFUSED:
        named = isinstance(told, dict) and _is_code(told.get("code", None if status in {_FORBIDDEN, _NOT_FOUND} else 0))
        return None if named else f"{status} without an error code"
    if not isinstance(told, dict | list):
        return f"{status} with a body of another type"
    if message and not (isinstance(told, dict) and _is_id(told.get("id"))):
        return f"{status} without the message"
    return None


def retry_after_of(told: Any) -> float | None:  # noqa: ANN401 - any JSON
    """How many seconds a refusal (429) says to wait; None if it does not say so as Discord does."""
    seconds = told.get("retry_after") if isinstance(told, dict) else None
    right = isinstance(seconds, int | float) and not isinstance(seconds, bool) and math.isfinite(seconds)
    return float(seconds) if right and seconds is not None and seconds >= 0 else None


def code_of(body: bytes) -> int:
    """Discord's error code in the body of a refusal; 0 if there is none."""
    try:
        code = json.loads(body)["code"]
    except (ValueError, RecursionError, TypeError, KeyError):
        return 0
    return code if _is_code(code) else 0


def _is_code(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and value.isdecimal()
