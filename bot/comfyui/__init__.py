"""A ComfyUI server as Darkroom uses it: submit, follow, fetch, cancel. Knows nothing of Discord.

In two lines: `async with comfyui.connect(url) as server: pictures = await server.generate(graph)`.
"""

from bot.comfyui.answers import Finished, Place, Submitted, cause_of, in_one_line
from bot.comfyui.bodies import read_into, read_whole
from bot.comfyui.client import ComfyUI
from bot.comfyui.diagnosis import explained
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
from bot.comfyui.generating import Connection, Made, connect, connection
from bot.comfyui.node_times import NodeTimes, measured
from bot.comfyui.object_infos import ObjectInfos
from bot.comfyui.process import local_comfyui, usual_address
from bot.comfyui.progress import Progress, Snapshot
from bot.comfyui.prompt_run import Attempt, Ending, PromptRun
from bot.comfyui.retries import three_times
from bot.comfyui.socket_pictures import SocketPictures
from bot.comfyui.stopping import stop, withdraw
from bot.comfyui.stream import Stream
from bot.comfyui.survey import Device, Survey, survey
from bot.comfyui.time_left import TimeLeft
from bot.comfyui.transport import Room, open_session

__all__ = [
    "Attempt",
    "ComfyUI",
    "Connection",
    "Device",
    "Ending",
    "Event",
    "Executed",
    "Executing",
    "ExecutionStart",
    "ExecutionSuccess",
    "Finished",
    "Following",
    "Made",
    "NodeTimes",
    "ObjectInfos",
    "Place",
    "Preview",
    "Progress",
    "PromptRun",
    "Room",
    "Snapshot",
    "SocketPictures",
    "Stream",
    "Submitted",
    "Survey",
    "Tick",
    "TimeLeft",
    "cause_of",
    "connect",
    "connection",
    "explained",
    "in_one_line",
    "local_comfyui",
    "measured",
    "open_session",
    "parse_frame",
    "read_into",
    "read_whole",
    "stop",
    "survey",
    "three_times",
    "usual_address",
    "withdraw",
]
