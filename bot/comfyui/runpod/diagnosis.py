"""Why an endpoint of RunPod cannot be used, in words for the operator."""

import json
from typing import Final

import aiohttp

from bot.comfyui.http.requests import HTTP_OK, Requests
from bot.errors import NotComfyUI, Unreachable

_SECONDS: Final = 5.0
_MOST_BYTES: Final = 2**16
_LOCKED: Final = frozenset({401, 403})
_NOT_FOUND: Final = 404
KEY_ADVICE: Final = (
    "Write a key that may read and write this endpoint into RUNPOD_API_KEY (RunPod console, Settings, API Keys)."
)
_ENDPOINT: Final = "Copy the endpoint's id from the RunPod console into COMFYUI_URLS, like runpod://abc123."
_ELSEWHERE: Final = "Check uptime.runpod.io. The bot keeps trying."
_LINE: Final = "Check this machine's internet connection."


async def explained(requests: Requests, fault: Unreachable) -> Unreachable:
    """A `NotComfyUI` that says what is in the way; otherwise `fault` itself."""
    try:
        status, _, body = await requests.transport.look("/health", _SECONDS, _MOST_BYTES)
    except (aiohttp.ClientError, TimeoutError, OSError):
        return NotComfyUI(requests.url, f"RunPod can't be reached: {fault.reason}.", _LINE)
    told = judge(status, body)
    if told is None and fault.answered:
        told = f"RunPod answers, but not as it should: {fault.reason}.", _ELSEWHERE
    return fault if told is None else NotComfyUI(requests.url, *told)


def judge(status: int, body: bytes) -> tuple[str, str] | None:
    """What is wrong with an endpoint whose `/health` gives this answer, and what to do; None: nothing."""
    if status in _LOCKED:
        return f"RunPod refuses the key ({status}).", KEY_ADVICE
    if status == _NOT_FOUND:
        return f"RunPod has no such endpoint ({status}).", _ENDPOINT
    if status != HTTP_OK:
        return f"RunPod can't be used right now ({status}).", _ELSEWHERE
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if isinstance(told, dict) and isinstance(told.get("workers"), dict):
        return None
    return "Something answers there, but it is not RunPod.", "Remove RUNPOD_URL. It is only for tests."
