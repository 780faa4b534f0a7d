"""`make docker-check`: builds the images and runs them between the stand-ins, on the Docker engine of this machine."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from tests.docker import comfyui, compose, image
from tests.docker.engine import HOW_TO_GET_ONE, Failed, is_there
from tests.docker.stage import stage

_PARTS: Final = {"image": image.CHECKS, "compose": compose.CHECKS, "comfyui": comfyui.CHECKS}
_USUAL: Final = ("image", "compose")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.docker", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"{', '.join(_PARTS)} (default: {' '.join(_USUAL)})")
    parser.add_argument("--build-arg", action="append", default=[], help="of comfyui.Dockerfile, like NAME=value")
    arguments = parser.parse_args()
    parts = arguments.part or _USUAL
    if unknown := set(parts) - set(_PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    sys.exit(asyncio.run(_check(parts, [f"--build-arg={given}" for given in arguments.build_arg])))


async def _check(parts: Sequence[str], build_arguments: Sequence[str]) -> int:
    if not await is_there():
        print(HOW_TO_GET_ONE, file=sys.stderr)
        return 2
    for part in parts:
        async with stage(build_arguments) as place:
            for what, check in _PARTS[part].items():
                try:
                    print(f"ok   {part}: {what} ({await check(place)})", flush=True)
                except (Failed, AssertionError, TimeoutError) as fault:
                    print(f"FAIL {part}: {what}\n{fault}", file=sys.stderr)
                    return 1
    return 0


if __name__ == "__main__":
    main()
