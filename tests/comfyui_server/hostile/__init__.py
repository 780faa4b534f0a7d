"""A ComfyUI that misbehaves on purpose: what it does to whose requests, and what it says on its sockets.

Everything is off until a test puts a `Rule` or an `Outburst` into `Faults`. A rule can be for one job alone, told by a
word of its prompt, so that many misfortunes happen in one program at the same time.
"""

from tests.comfyui_server.hostile.outbursts import Frames, Outburst
from tests.comfyui_server.hostile.requests import Asked
from tests.comfyui_server.hostile.rules import Answer, Rule, through

__all__ = ["Answer", "Asked", "Frames", "Outburst", "Rule", "through"]
