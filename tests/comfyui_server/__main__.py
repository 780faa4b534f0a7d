"""Runs the stand-in in the terminal until SIGTERM or SIGINT."""

import argparse
import asyncio
import signal

from tests.comfyui_server import FULL_PREVIEW, ComfyUIStandIn
from tests.comfyui_server.versions import VERSIONS


async def _serve(arguments: argparse.Namespace) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    stand_in = ComfyUIStandIn(
        port=arguments.port,
        version=arguments.version,
        steps_per_second=arguments.steps_per_second,
        preview_size=arguments.preview_size,
    )
    async with stand_in:
        print(f"ComfyUI stand-in {arguments.version} on {stand_in.url}", flush=True)  # noqa: T201
        await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.comfyui_server", description=__doc__)
    parser.add_argument("--listen", choices=["127.0.0.1"], help="as ComfyUI has it; there is no other here")
    parser.add_argument("--port", type=int, default=8188)
    parser.add_argument("--steps-per-second", type=float)
    parser.add_argument("--preview-size", type=int, default=FULL_PREVIEW)
    parser.add_argument("--version", choices=list(VERSIONS), default="0.33.0")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
