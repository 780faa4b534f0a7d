"""What a container runs between: a Discord, a ComfyUI, and the folder of somebody who has just begun."""

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn
from tests.docker.engine import docker, health, tried
from tests.ports import free_port
from tests.programs import ROOT
from tests.waiting import until

BOT: Final = "darkroom-check"
"""The image's name here, so that the operator's own `darkroom` stays what it is."""
HOOK: Final = "/stand-in"
"""Where a container finds what points discord.py at the stand-in."""
_STEPS_PER_SECOND: Final = 8.0
_HEALTHY_WITHIN: Final = 120.0

# As compose.yaml has it.
HARDENED: Final = (
    *("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"),  # noqa: S108 - the container's own
    *("--security-opt", "no-new-privileges:true"),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """`name` begins the names of all containers and volumes, which are gone afterwards."""

    name: str
    folder: Path
    discord: DiscordStandIn
    comfyui: ComfyUIStandIn
    build_arguments: Sequence[str] = ()
    """For the build of a ComfyUI, such as where else it comes from."""

    def hook(self) -> str:
        """The folder that is mounted at HOOK."""
        return self.discord.environment()["PYTHONPATH"].split(os.pathsep)[0]

    def environment(self, process: str) -> dict[str, str]:
        """The settings that the bot needs here."""
        given = self.discord.environment(process)
        return {**given, "PYTHONPATH": HOOK, "COMFYUI_URLS": self.comfyui.url, "HTTP_PORT": str(free_port())}

    def options(self, process: str, more: Mapping[str, str] | None = None) -> list[str]:
        """Of `docker run`, for a bot with a volume of its own that the next one finds again."""
        env_file = self.folder / f"{process}.env"
        settings = self.environment(process) | dict(more or {})
        env_file.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        return [
            *("--network", "host", "--env-file", str(env_file), *HARDENED),
            *("--volume", f"{self.hook()}:{HOOK}:ro", "--volume", f"{self.name}-data:/data"),
        ]

    @contextlib.asynccontextmanager
    async def running(self, process: str, more: Mapping[str, str] | None = None) -> AsyncIterator[str]:
        """A healthy bot; the name of its container."""
        name = f"{self.name}-{process}"
        # The engine asks for the first time after a whole interval: a check has no half minute for that.
        often = ("--health-interval", "1s")
        await docker("run", "--detach", "--name", name, *often, *self.options(process, more), BOT)
        try:
            await is_healthy(name)
            yield name
        finally:
            await tried("rm", "--force", name)


async def is_healthy(name: str) -> None:
    async def asked() -> bool:
        return await health(name) == "healthy"

    await until(asked, _HEALTHY_WITHIN)


@contextlib.asynccontextmanager
async def stage(build_arguments: Sequence[str] = ()) -> AsyncIterator[Stage]:
    name = f"darkroom-check-{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as made:
        folder = Path(made)
        shutil.copytree(ROOT / "workflows", folder / "workflows")
        for given in ("comfyui.Dockerfile", "comfyui.Dockerfile.dockerignore"):
            shutil.copy(ROOT / given, folder / given)
        async with (
            DiscordStandIn() as discord,
            ComfyUIStandIn(steps_per_second=_STEPS_PER_SECOND) as comfyui,
        ):
            try:
                yield Stage(name, folder, discord, comfyui, build_arguments)
            finally:
                await tried("volume", "rm", "--force", f"{name}-data")
