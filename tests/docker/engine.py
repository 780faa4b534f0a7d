"""The Docker engine that this machine has, by its command line."""

import asyncio
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_TAIL: Final = 3_000
_BUILD_SECONDS: Final = 3_600.0
_SECONDS: Final = 300.0

HOW_TO_GET_ONE: Final = """\
No Docker engine answers here. On Debian and Ubuntu:
    apt-get install docker.io docker-compose-v2    (Debian 13: docker-compose)
    systemctl start docker                         (or, without systemd: dockerd &)
elsewhere: https://docs.docker.com/engine/install/. Your user has to be in the group docker. The containers use the
network of this machine, so an engine in a virtual machine (Docker Desktop) can't run this check."""


class Failed(Exception):  # noqa: N818 - reads as what it says
    """A command of the engine ended with an error, or a check found something else than it should."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str


async def docker(*arguments: str, seconds: float = _SECONDS, more: Mapping[str, str] | None = None) -> str:
    """What the command printed; raises `Failed` if its exit status is not 0."""
    ended = await tried(*arguments, seconds=seconds, more=more)
    if ended.code:
        raise Failed(f"docker {' '.join(arguments)}\nended with {ended.code}:\n{ended.out[-_TAIL:]}")
    return ended.out


async def tried(*arguments: str, seconds: float = _SECONDS, more: Mapping[str, str] | None = None) -> Ended:
    """The same, whatever its exit status is."""
    process = await asyncio.create_subprocess_exec(
        "docker",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"DOCKER_BUILDKIT": "1"} | dict(more or {}),
    )
    try:
        async with asyncio.timeout(seconds):
            out, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise Failed(f"docker {' '.join(arguments)}: not done after {seconds:.0f} s") from None
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(errors="replace"))


async def is_there() -> bool:
    return shutil.which("docker") is not None and (await tried("info")).code == 0


async def build(image: str, context: Path, file: str, arguments: Sequence[str] = ()) -> None:
    """With this machine's network, so that a proxy or a registry that listens here is reached."""
    where = ("--network", "host", "--file", str(context / file), str(context))
    await docker("build", "--tag", image, *arguments, *where, seconds=_BUILD_SECONDS)


async def looked_at(name: str) -> dict[str, Any]:
    """All that the engine knows of a container or an image."""
    found: list[dict[str, Any]] = json.loads(await docker("inspect", name))
    return found[0]


async def health(name: str) -> str:
    """`starting`, `healthy` or `unhealthy`; raises `Failed` if the container has ended."""
    state = (await looked_at(name))["State"]
    if not state["Running"]:
        raise Failed(f"{name} has ended with {state['ExitCode']}:\n{(await docker('logs', name))[-_TAIL:]}")
    status: str = state["Health"]["Status"]
    return status
