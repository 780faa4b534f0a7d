"""Judge what answers in place of Comfy API v2, in words for the operator. Pure."""

import json
from collections.abc import Mapping
from typing import Final

from bot.addresses import masked
from bot.comfyui.api_v2.answers import error_of

PROBE: Final = "/api/v2/jobs/00000000-0000-4000-8000-000000000000"
"""A job that nobody has: version 4, variant 1, all else zero."""
_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY = 200, 401, 403, 404, 429
_BEHIND_A_PROXY: Final = frozenset({502, 503, 504})
_REDIRECTS: Final = range(300, 400)
_CHECK: Final = "Check the address. For a ComfyUI itself, write http:// without comfyapi+."


def judge(
    url: str, status: int, headers: Mapping[str, str], body: bytes, *, logged_in: bool = False
) -> tuple[str, str] | None:
    """What is wrong with an address that gives this answer to `PROBE`, and what to do; None if it has the API."""
    if status in _REDIRECTS:
        return f"It redirects to {masked(headers.get('Location', 'nowhere'))}.", f"Use a different address than {url}."
    if status in {_UNAUTHORIZED, _FORBIDDEN}:
        if logged_in:
            return f"It refuses the key that it gets ({status}).", "Correct COMFY_API_KEY."
        return f"It asks for a key ({status}).", "Set COMFY_API_KEY."
    if status in _BEHIND_A_PROXY:
        advice = "Start ComfyUI, and check the address that the proxy forwards to."
        return f"A proxy answers, but the ComfyUI behind it does not ({status}).", advice
    if status == _TOO_MANY:
        return f"It turns requests away for now ({status}).", "Try again later."
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    told = told if isinstance(told, dict) else {}
    if status in {_OK, _NOT_FOUND} and (error_of(told)[0] or "status" in told):
        return None
    if status in {_OK, _NOT_FOUND}:
        return "Something answers there, but it is not Comfy API v2.", _CHECK
    return (
        f"It answers, but something fails there ({status}).",
        "Look at its log, or at the status page of the service.",
    )
