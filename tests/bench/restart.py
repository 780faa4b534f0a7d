"""`make bench ARGS=restart`: how long commands fail while the only process, with SQLite, is restarted."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.bench.figures import Figures
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import AS_ITS_OPERATOR, BotProcess, DiscordStandIn, Interaction, User
from tests.waiting import until

_ROOT: Final = Path(__file__).parents[2]
_EVERY_SECONDS: Final = 0.05


@dataclass(slots=True)
class _Members:
    """Those who use a command every now and then, and when one got no answer in time."""

    discord: DiscordStandIn
    failed_at: list[float] = field(default_factory=list)
    answered_at: float = 0.0
    waiting: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        while True:
            one = await self.discord.slash("quota", user=User("alice"))
            self.waiting.add(asyncio.create_task(self._wait(one)))
            await asyncio.sleep(_EVERY_SECONDS)

    async def _wait(self, one: Interaction) -> None:
        try:
            await one.acknowledged(3)
        except (TimeoutError, AssertionError):
            self.failed_at.append(one.made)
        else:
            self.answered_at = max(self.answered_at, one.made)


async def restarts(folder: Path, runs: int) -> tuple[Figures, Figures]:
    """Seconds between the first and the last command without an answer, and from the start to the connection."""
    failing, starting = [], []
    async with ComfyUIStandIn() as comfyui, DiscordStandIn() as discord:
        env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(folder / "data"), "WORKFLOWS_DIR": str(_ROOT / "workflows")}
        process = BotProcess(discord, log=folder / "bot.log", env=env, cwd=_ROOT, command=AS_ITS_OPERATOR)
        async with process.ready() as bot:
            for _ in range(runs):
                members = _Members(discord)
                using = asyncio.create_task(members.run())
                await until(lambda: members.answered_at > 0)  # noqa: B023
                await bot.terminate()
                began = time.monotonic()
                await bot.start()
                await bot.wait_ready()
                starting.append(ready := time.monotonic() - began)
                await until(lambda: members.answered_at > began + ready)  # noqa: B023
                using.cancel()
                await asyncio.gather(using, *members.waiting, return_exceptions=True)
                failing.append(max(members.failed_at) - min(members.failed_at) if members.failed_at else 0.0)
    return Figures(failing), Figures(starting)
