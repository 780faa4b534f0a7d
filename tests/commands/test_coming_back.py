"""A workflow whose model is missing comes back by itself when the model arrives."""

import asyncio
from pathlib import Path

import aiohttp
import discord

from bot.comfyui import ComfyUI
from bot.conversions import Conversions
from bot.messages import Channels, JobMessages
from bot.settings import read_settings
from bot.spool import Spool
from bot.worker import Leases, ServerLoop, Workbench
from bot.workflows import Library
from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import PAINT, PAINT_MANIFEST, write
from tests.ledgers import open_patiently
from tests.waiting import until


async def test_a_model_that_arrives_is_noticed_while_nobody_orders(comfyui: ComfyUIStandIn, tmp_path: Path) -> None:
    graph = PAINT | {"4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "first.safetensors"}}}
    write(tmp_path / "packs", "paint", graph, PAINT_MANIFEST)
    library = Library(tmp_path / "packs")
    library.reload()
    comfyui.faults.unknown_models.add("first.safetensors")
    ledger = await open_patiently(f"sqlite+aiosqlite:///{tmp_path / 'jobs.db'}")
    messages = JobMessages(Channels(discord.Client(intents=discord.Intents.none()), aiohttp.TraceConfig()))
    async with aiohttp.ClientSession() as session:
        server, leases = ComfyUI(comfyui.url, session), Leases(ledger)

        async def answering() -> bool:
            return any(known.answering for known in await ledger.servers.known())

        async def away() -> bool:
            return not await answering()

        async def nothing() -> None:
            """No other process adds workflows."""

        loop = asyncio.create_task(
            ServerLoop(
                server,
                Workbench(
                    settings=read_settings({"DISCORD_TOKEN": "unused"}),
                    ledger=ledger,
                    messages=messages,
                    library=library,
                    leases=leases,
                    reload=nothing,
                    spool=Spool(tmp_path / "spool"),
                    conversions=Conversions(),
                ),
                ask_seconds=0.05,
            ).run()
        )
        await until(lambda: library.heard)
        assert not library.available("paint")
        comfyui.faults.unknown_models.clear()
        await until(lambda: library.available("paint"))
        # The same answer is no news.
        packs, said = library.packs, library.infos[comfyui.url]
        assert await answering()
        await comfyui.stop()
        await until(away)
        await comfyui.start()
        await until(answering)
        assert library.packs is packs
        assert library.infos[comfyui.url] is said
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
    await ledger.close()
