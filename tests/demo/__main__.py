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
"""An image of 20 steps takes about as long as on a mid-range GPU."""

_CHECKPOINTS: Final = (
    "v1-5-pruned-emaonly-fp16.safetensors",
    "ink-and-paper-xl.safetensors",
    "soft-dreams-xl.safetensors",
)
_MORE_LORAS: Final = ("film-grain.safetensors", "ink-lines.safetensors")
"""The stand-in paints what these names say, so that a choice can be seen."""

_STAND_IN: Final = "A stand-in for ComfyUI draws these images: no GPU, no models."
_SERVERS: Final = "These images come from the ComfyUI of the person who started this demo."
_WELCOME: Final = """\
# Welcome to the darkroom
-# {source}
- **Your first image:** type **/imagine** below, press Enter, describe it (“a red fox in snow”), press Enter again.
- **Then:** press the buttons under it. Try a **style**, or the **lora** “ink-lines”. Right-click a message \
(or press ⋯) to reuse its image.
- **/video**, **/animate** and **/music** need models of their own. Where they are missing, the bot says which.
- **Changed your mind?** Press Cancel, or type **/cancel**.
- **Be somebody else** with “Viewing as”, above. Alice and Bob are members, I’m a moderator (**/moderate**, \
**/style**), and Dave is the administrator (**/workflow**)."""


def _library() -> Library:
    """The workflows that ship."""
    library = Library(_WORKFLOWS)
    library.reload()
    return library


@contextlib.asynccontextmanager
async def _servers(given: str, steps_per_second: float) -> AsyncIterator[tuple[Sequence[str], str]]:
    """The ComfyUI servers, and the sentence that tells members about them."""
    if given.strip():
        yield read_settings({"DISCORD_TOKEN": "not needed", "COMFYUI_URLS": given}).comfyui_urls, _SERVERS
        return
    async with ComfyUIStandIn(
        steps_per_second=steps_per_second,
        checkpoints=_CHECKPOINTS,
        more_loras=_MORE_LORAS,
        preview_size=FULL_PREVIEW,
    ) as stand_in:
        yield [stand_in.url], _STAND_IN


async def _demo(port: int, steps_per_second: float) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    with tempfile.TemporaryDirectory(prefix="darkroom-demo-") as folder:
        async with (
            _servers(os.environ.get("COMFYUI_URLS", ""), steps_per_second) as (urls, source),
            World.open(Path(folder), _library(), urls) as world,
        ):
            world.env.backend.edit_channel(world.channel.id, {"topic": source})
            await world.carol.send(world.channel, _WELCOME.format(source=source))
            async with page_of(world, port) as page:
                print(f"Darkroom in the browser: {page.url}")
                print(f"{source} Press Ctrl-C to stop.", flush=True)
                await asyncio.to_thread(_show, page.url)
                await _first(ended.wait(), page.wait_closed())


def _show(url: str) -> None:
    """Open the page if there is a screen. Without one, a text browser could take over the terminal."""
    if sys.platform in {"darwin", "win32"} or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(url)


async def _first(*waits: Coroutine[object, object, object]) -> None:
    """Wait until one of them is over."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port of the page (default: any free one)")
    parser.add_argument(
        "--steps-per-second", type=float, default=_STEPS_PER_SECOND, help="the stand-in's speed (default: %(default)s)"
    )
    given = parser.parse_args()
    try:
        asyncio.run(_demo(given.port, given.steps_per_second))
    except (SetupError, SettingsError) as error:
        sys.exit(f"The demo can't start: {error}")


if __name__ == "__main__":
    main()
