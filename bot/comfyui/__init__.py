"""Clients for servers that run ComfyUI: submit a graph, follow it, fetch its files, cancel it. No Discord here.

In two lines: `async with comfyui.connect(url) as server: images = await server.generate(graph)`.
"""

from bot.comfyui.connection.client import ComfyUI
from bot.comfyui.connection.object_infos import ObjectInfos
from bot.comfyui.http.bodies import read_into
from bot.comfyui.http.transport import Room, open_session
from bot.comfyui.kinds import Common, server_at
from bot.comfyui.local_server import local_comfyui, usual_address
from bot.comfyui.progress.graph_progress import Progress, Snapshot, repeated
from bot.comfyui.progress.node_times import NodeTimes, measured
from bot.comfyui.progress.time_left import TimeLeft
from bot.comfyui.protocol.answers import Finished, Place, cause_of, in_one_line
from bot.comfyui.protocol.events import Event, Executed, ExecutionStart, Preview, Waking
from bot.comfyui.protocol.failure_details import details_of
from bot.comfyui.protocol.prompt_queue import PromptQueue
from bot.comfyui.runs.cancellation import stop, withdraw
from bot.comfyui.runs.generation import Connection, RunOutputs, connect, connection
from bot.comfyui.runs.prompt_follower import PromptFollower
from bot.comfyui.runs.prompt_run import Attempt, Ending, PromptRun
from bot.comfyui.runs.retries import three_times
from bot.comfyui.runs.socket_pictures import SocketImages
from bot.comfyui.server import Abilities, EventStream, Server, Survey, offers

__all__ = [
    "Abilities",
    "Attempt",
    "ComfyUI",
    "Common",
    "Connection",
    "Ending",
    "Event",
    "EventStream",
    "Executed",
    "ExecutionStart",
    "Finished",
    "NodeTimes",
    "ObjectInfos",
    "Place",
    "Preview",
    "Progress",
    "PromptFollower",
    "PromptQueue",
    "PromptRun",
    "Room",
    "RunOutputs",
    "Server",
    "Snapshot",
    "SocketImages",
    "Survey",
    "TimeLeft",
    "Waking",
    "cause_of",
    "connect",
    "connection",
    "details_of",
    "in_one_line",
    "local_comfyui",
    "measured",
    "offers",
    "open_session",
    "read_into",
    "repeated",
    "server_at",
    "stop",
    "three_times",
    "usual_address",
    "withdraw",
]
