"""A ComfyUI server as Darkroom uses it: submit, follow, fetch, cancel. Knows nothing of Discord."""

from bot.comfyui.answers import Finished
from bot.comfyui.client import ComfyUI, Place, Submitted
from bot.comfyui.events import (
    Event,
    Executed,
    Executing,
    ExecutionStart,
    ExecutionSuccess,
    Preview,
    Tick,
    parse_frame,
)
from bot.comfyui.following import Following
from bot.comfyui.progress import Progress, Snapshot
from bot.comfyui.stream import Stream

__all__ = [
    "ComfyUI",
    "Event",
    "Executed",
    "Executing",
    "ExecutionStart",
    "ExecutionSuccess",
    "Finished",
    "Following",
    "Place",
    "Preview",
    "Progress",
    "Snapshot",
    "Stream",
    "Submitted",
    "Tick",
    "parse_frame",
]
