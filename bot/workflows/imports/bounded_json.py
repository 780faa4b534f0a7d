"""JSON that strangers wrote into an image: an object, or nothing."""

import json
from typing import Any, Final

MOST_TEXT: Final = 2**21
"""Characters that are parsed."""
_DIGITS: Final = 40


def parsed_object(text: str) -> dict[str, Any] | None:
    """None where it is anything else, or too large."""
    begun = text[:64].lstrip()
    if not begun.startswith("{") or len(text) > MOST_TEXT:
        return None
    try:
        raw = json.loads(text, parse_int=_integer)
    except (ValueError, RecursionError):
        return None
    return raw if isinstance(raw, dict) else None


def dumped(value: object) -> str:
    """The JSON of what was parsed."""
    return json.dumps(value, ensure_ascii=False)


def _integer(digits: str) -> int | None:
    """No number that anybody meant has so many digits; to read them all takes the square of their length."""
    return int(digits) if len(digits) <= _DIGITS else None
