"""The models of an idle ComfyUI leave its memory, also of one that the bot did not start."""

import asyncio
from pathlib import Path

import pytest

from bot.comfyui import Server, open_session, server_at
from bot.workflows import Graph
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn
from tests.looks import is_done
from tests.people import ALICE
from tests.real_comfyui import RealComfyUI
from tests.recovery.studio import Studio
from tests.waiting import until

EMPTY: Graph = {"1": {"class_type": "EmptyImage", "inputs": {"width": 16, "height": 16, "batch_size": 1, "color": 0}}}
GRAPH: Graph = {**EMPTY, "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}}

THEIRS = "0c791ad9-84c4-436a-b989-baf7942dd22b"


async def test_it_is_freed_after_work_and_never_while_somebody_else_works(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    settings = {"IDLE_FREE_MINUTES": f"http://other:1 => 60 | {comfyui.url} => 0.02"}
    urls = {"COMFYUI_URLS": f"{comfyui.url},http://other:1"}
    async with Studio(discord, [comfyui], tmp_path, {**settings, **urls}) as studio:
        await (await studio.order(ALICE)).message.until(is_done)
        await until(lambda: bool(comfyui.freed))
        async with open_session() as session:
            # Somebody's own work, which the bot knows nothing of.
            comfyui.faults.hang_in = "PreviewImage"
            await server_at(comfyui.url, session).submit(GRAPH, prompt_id=THEIRS, client_id="them")
            await until(lambda: THEIRS in comfyui.executed)
            before = len(comfyui.freed)
            await asyncio.sleep(12)  # twice as long as the bot takes to free an idle one
            assert len(comfyui.freed) == before
            comfyui.faults.hang_in = None
            await until(lambda: len(comfyui.freed) == before + 1)


@pytest.mark.real
async def test_the_real_one_says_when_something_has_run_and_takes_the_request(real_comfyui: RealComfyUI) -> None:
    async with open_session() as session:
        server = server_at(real_comfyui.url, session)
        before = await server.idle_mark()
        await server.free_memory()
        assert await server.idle_mark() == before, "this is no work"
        await server.submit(GRAPH, prompt_id=THEIRS, client_id="us")
        await until(lambda: _has_run(server_at(real_comfyui.url, session)))


async def _has_run(server: Server) -> bool:
    return await server.idle_mark() == THEIRS
