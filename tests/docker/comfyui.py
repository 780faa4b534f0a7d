"""`comfyui.Dockerfile` and `--profile gpu`, on the CPU: its own models and custom nodes, previews, and its end."""

import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import aiohttp

from tests.docker.compose import NOTHING, up
from tests.docker.engine import Failed, build, docker, looked_at
from tests.docker.stage import Stage
from tests.looks import finished
from tests.people import ALICE
from tests.real_comfyui import installation

_IMAGE: Final = "darkroom-comfyui-check"
_URL: Final = "http://127.0.0.1:8188"
_MODEL: Final = installation.CHECKPOINT.name
_NODE: Final = "NodeFromTheFolder"
_NODE_TEXT: Final = f"""
import wakeonlan

class Node:
    INPUT_TYPES = classmethod(lambda cls: {{"required": {{}}}})
    RETURN_TYPES = ()
    FUNCTION = "run"
    run = lambda self: ()

NODE_CLASS_MAPPINGS = {{"{_NODE}": Node}}
"""


async def builds(stage: Stage) -> str:
    node = stage.folder / "comfyui" / "custom_nodes" / "from_the_folder"
    node.mkdir(parents=True)
    (node / "__init__.py").write_text(_NODE_TEXT)
    (node / "requirements.txt").write_text("wakeonlan\n")
    began = time.monotonic()
    await build(_IMAGE, stage.folder, "comfyui.Dockerfile", stage.build_arguments)
    seconds = time.monotonic() - began
    return f"{(await looked_at(_IMAGE))['Size'] / 1e9:.1f} GB, in {seconds:.0f} s"


async def generates(stage: Stage) -> str:
    models = stage.folder / "comfyui" / "models" / "checkpoints"
    models.mkdir(parents=True)
    shutil.copy(installation.install() / installation.CHECKPOINT, models)
    service = {"image": _IMAGE, "command": ["--cpu"], "deploy": NOTHING, "healthcheck": {"interval": "1s"}}
    began = time.monotonic()
    async with up(stage, ("gpu",), {"COMFYUI_URLS": _URL}, {"comfyui": service}) as compose:
        healthy = time.monotonic() - began
        if _NODE not in await _nodes():
            raise Failed(f"ComfyUI does not know {_NODE}")
        act = stage.discord.slash("imagine", user=ALICE, prompt="a red fox", model=_MODEL, size="256x256", steps=8)
        message = await finished(act)
        if not any(state.attachments for state in message.states[:-1]):
            raise Failed("the message never showed a preview")
        began = time.monotonic()
        await docker(*compose, "stop", "comfyui")
        ended = time.monotonic() - began
        state = (await looked_at(f"{stage.name}-comfyui-1"))["State"]
    return f"healthy after {healthy:.0f} s, stopped after {ended:.1f} s with exit status {state['ExitCode']}"


CHECKS: Final[Mapping[str, Callable[[Stage], Awaitable[str]]]] = {
    "the image builds": builds,
    "--profile gpu": generates,
}


async def _nodes() -> set[str]:
    async with aiohttp.ClientSession() as session, session.get(f"{_URL}/object_info") as answer:
        return set(await answer.json())
