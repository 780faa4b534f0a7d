"""The whole program, as a process between a Discord and a ComfyUI stand-in on real sockets."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from tests.bench.figures import Figures
from tests.comfyui_server import FULL_PREVIEW, ComfyUIStandIn
from tests.discord_server import AS_ITS_OPERATOR, BotProcess, DiscordStandIn, Message, User, answered

_ROOT: Final = Path(__file__).parents[2]
_IDLE_SECONDS: Final = 0.1
"""After an image is shown the bot still writes that down."""


@dataclass(frozen=True, slots=True)
class Whole:
    discord: DiscordStandIn
    comfyui: ComfyUIStandIn
    alice: User


@contextlib.asynccontextmanager
async def whole(folder: Path, workflows: Path) -> AsyncIterator[Whole]:
    """The bot, running and idle."""
    async with ComfyUIStandIn(preview_size=FULL_PREVIEW) as comfyui, DiscordStandIn() as discord:
        env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(folder / "data"), "WORKFLOWS_DIR": str(workflows)}
        log = folder / "bot.log"
        async with BotProcess(discord, log=log, env=env, cwd=_ROOT, command=AS_ITS_OPERATOR) as bot:
            await bot.wait_ready()
            yield Whole(discord, comfyui, User("alice"))


@contextlib.asynccontextmanager
async def bare(folder: Path) -> AsyncIterator[DiscordStandIn]:
    """A bot that only answers, running."""
    command = (sys.executable, "-m", "tests.bench.bare_bot")
    async with (
        DiscordStandIn() as discord,
        BotProcess(discord, log=folder / "bare.log", cwd=_ROOT, command=command) as bot,
    ):
        await bot.wait_ready()
        yield discord


async def acknowledgements(bench: Whole, other: DiscordStandIn, runs: int) -> tuple[Figures, Figures]:
    """Seconds from an interaction's dispatch to the arrival of its answer, both bots being idle, turn about."""
    ours, theirs = [], []
    for _ in range(runs):
        theirs.append(await _acknowledgement(other, bench.alice))
        ours.append(await _acknowledgement(bench.discord, bench.alice))
        await bench.discord.messages()[0].until(_done)
        await asyncio.sleep(_IDLE_SECONDS)
    return Figures(ours), Figures(theirs)


async def _acknowledgement(discord: DiscordStandIn, user: User) -> float:
    interaction = await answered(discord.slash("imagine", user=user, prompt="a lighthouse at dusk"))
    (request,) = (r for r in discord.requests if f"/interactions/{interaction.id}/" in r.path)
    return request.at - interaction.made


async def delivery(bench: Whole, runs: int) -> tuple[Figures, int]:
    """Seconds from ComfyUI's end of a job to the arrival of the request with the image; and its bytes."""
    seconds, size = [], 0
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{bench.comfyui.url}/ws") as socket:
        for _ in range(runs):
            interaction = await bench.discord.slash("imagine", user=bench.alice, prompt="a lighthouse at dusk")
            ended = await _end_of_next_job(socket)
            await interaction.acknowledged()
            message = await interaction.message.until(_done)
            size = len(message.attachments[0].content)
            edits = (r for r in bench.discord.requests if interaction.token in r.path and r.method == "PATCH")
            (request,) = (r for r in edits if any(name.startswith("image-") for name, _ in r.files))
            seconds.append(request.at - ended)
    return Figures(seconds), size


async def _end_of_next_job(socket: aiohttp.ClientWebSocketResponse) -> float:
    """When everybody was told that the queue is empty again, which is right after the history is written."""
    busy = False
    async for message in socket:
        event = json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else {}
        if event.get("type") == "status":
            remaining = event["data"]["status"]["exec_info"]["queue_remaining"]
            if busy and not remaining:
                return time.monotonic()
            busy = busy or remaining > 0
    raise AssertionError("the stand-in went away")


def _done(message: Message) -> bool:
    return "✅" in message.content
