"""A workflow whose model is missing comes back by itself when the model arrives. Asking for that holds nothing up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.comfyui import ComfyUI
from bot.conversions import Conversions
from bot.ledger import Ledger
from bot.messages import Channels, JobMessages
from bot.settings import read_settings
from bot.spool import Spool
from bot.worker import Leases, ServerLoop, Workbench
from bot.workflows import Library
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.hostile import Answer, Rule, bodies, connections
from tests.commands.packs import PAINT, PAINT_MANIFEST, write
from tests.ledger.orders import order, place
from tests.ledgers import open_patiently
from tests.waiting import until

_GRAPH = PAINT | {"4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "first.safetensors"}}}
_NOWHERE = "http://127.0.0.1:9"
"""Nothing listens there."""


@asynccontextmanager
async def asking(comfyui: ComfyUIStandIn, folder: Path) -> AsyncIterator[tuple[Ledger, Library]]:
    """The loop of one server, which asks all the time what it offers. Discord can't be reached."""
    library = Library(folder / "packs")
    library.reload()
    ledger = await open_patiently(f"sqlite+aiosqlite:///{folder / 'jobs.db'}")
    messages = JobMessages(Channels(discord.Client(intents=discord.Intents.none()), aiohttp.TraceConfig()))
    async with aiohttp.ClientSession() as session:

        async def nothing() -> None:
            """No other process adds workflows."""

        loop = asyncio.create_task(
            ServerLoop(
                ComfyUI(comfyui.url, session),
                Workbench(
                    settings=read_settings({"DISCORD_TOKEN": "unused"}),
                    ledger=ledger,
                    messages=messages,
                    library=library,
                    leases=Leases(ledger),
                    reload=nothing,
                    spool=Spool(folder / "spool"),
                    conversions=Conversions(),
                ),
                ask_seconds=0.05,
            ).run()
        )
        try:
            yield ledger, library
        finally:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)
    await ledger.close()


async def answers(ledger: Ledger) -> bool:
    return any(known.answering for known in await ledger.servers.known())


async def test_a_model_that_arrives_is_noticed_while_nobody_orders(comfyui: ComfyUIStandIn, tmp_path: Path) -> None:
    write(tmp_path / "packs", "paint", _GRAPH, PAINT_MANIFEST)
    comfyui.faults.unknown_models.add("first.safetensors")
    async with asking(comfyui, tmp_path) as (ledger, library):

        async def away() -> bool:
            return not await answers(ledger)

        await until(lambda: library.heard)
        assert not library.available("paint")
        comfyui.faults.unknown_models.clear()
        await until(lambda: library.available("paint"))
        # The same answer is no news.
        packs, said = library.packs, library.infos[comfyui.url]
        assert await answers(ledger)
        await comfyui.stop()
        await until(away)
        await comfyui.start()
        await until(lambda: answers(ledger))
        assert library.packs is packs
        assert library.infos[comfyui.url] is said


async def broken(_: web.Request, __: Handler) -> web.StreamResponse:
    """A node of the owner's cannot say what it takes, or a proxy gave up."""
    return web.Response(status=500, text="Internal Server Error")


@pytest.mark.parametrize("answer", [connections.silent, connections.reset, broken, bodies.cut_off])
async def test_a_server_that_no_longer_lists_its_models_still_gets_jobs(
    comfyui: ComfyUIStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", _NOWHERE)
    write(tmp_path / "packs", "paint", _GRAPH, PAINT_MANIFEST)
    asked: list[str] = []

    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        asked.append(request.path)
        return await answer(request, handler)

    async with asking(comfyui, tmp_path) as (ledger, _):
        await until(lambda: answers(ledger))
        comfyui.faults.rules.append(Rule("GET /object_info", counted))
        await until(lambda: bool(asked))
        await place(ledger, order(workflow="paint"))
        await until(lambda: bool(comfyui.executed))
        assert await answers(ledger)
        comfyui.faults.rules.clear()
