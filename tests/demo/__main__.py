"""`make demo`: the real bot in a browser page, without a token, and without a GPU unless COMFYUI_URLS names one."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Coroutine, Sequence
from pathlib import Path
from typing import Final

from simcord import SetupError

from bot.errors import SettingsError
from bot.settings import read_settings
from bot.workflows import Library
from tests.comfyui_server import FULL_PREVIEW, ComfyUIStandIn
from tests.demo.page import page_of
from tests.demo.world import World

_WORKFLOWS: Final = Path(__file__).parents[2] / "workflows"
_STEPS_PER_SECOND: Final = 2.0
"""A picture of 20 steps takes as long as on a GPU of the middle class."""

_STAND_IN: Final = "A stand-in paints here, not ComfyUI: it keeps to ComfyUI's protocol and knows no models."
_SERVERS: Final = "The ComfyUI of whoever started this demo paints here."
_WELCOME: Final = """\
# Welcome to the darkroom
Type **/imagine** below, give it a **prompt**, and watch the picture develop in the reply. \
Order a few, cancel one with its button or with **/cancel**. Right-click a message, or press ⋯ beside it, for what can \
be done with its picture.
With “Viewing as” above you are somebody else: Alice and Bob are members, I moderate (**/moderate**), and Dave is the \
administrator (**/workflow**).
-# {who_paints}"""


def _library() -> Library:
    """The workflows that ship."""
    library = Library(_WORKFLOWS)
    library.reload()
    return library


@contextlib.asynccontextmanager
async def _servers(given: str, steps_per_second: float) -> AsyncIterator[tuple[Sequence[str], str]]:
    """The servers that paint, and what members are told about them."""
    if given.strip():
        yield read_settings({"DISCORD_TOKEN": "none is needed", "COMFYUI_URLS": given}).comfyui_urls, _SERVERS
        return
    async with ComfyUIStandIn(steps_per_second=steps_per_second, preview_size=FULL_PREVIEW) as stand_in:
        yield [stand_in.url], _STAND_IN


async def _demo(port: int, steps_per_second: float) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    with tempfile.TemporaryDirectory(prefix="darkroom-demo-") as folder:
        async with (
            _servers(os.environ.get("COMFYUI_URLS", ""), steps_per_second) as (urls, who_paints),
            World.open(Path(folder), _library(), urls) as world,
        ):
            world.env.backend.edit_channel(world.channel.id, {"topic": who_paints})
            await world.carol.send(world.channel, _WELCOME.format(who_paints=who_paints))
            async with page_of(world, port) as page:
                print(f"Darkroom in the browser: {page.url}")
                print(f"{who_paints} Ctrl-C ends it.", flush=True)
                await asyncio.to_thread(_show, page.url)
                await _first(ended.wait(), page.wait_closed())


def _show(url: str) -> None:
    """Open the page where there is a screen: elsewhere a browser of the terminal might take the terminal over."""
    if sys.platform in {"darwin", "win32"} or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(url)


async def _first(*waits: Coroutine[object, object, object]) -> None:
    """Until one of them is over."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the page's port; any free one if left out")
    parser.add_argument(
        "--steps-per-second", type=float, default=_STEPS_PER_SECOND, help="how fast the stand-in paints"
    )
    given = parser.parse_args()
    try:
        asyncio.run(_demo(given.port, given.steps_per_second))
    except (SetupError, SettingsError) as error:
        sys.exit(f"The demo cannot start: {error}")


if __name__ == "__main__":
    main()
