"""Connections to one server: what takes long keeps no question from being asked, and none is lost for want of one."""

import asyncio
import contextlib
import os
import resource
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.addresses import ServerAddress
from bot.comfyui import ComfyUI, Room, open_session
from bot.errors import Unreachable
from bot.workflows import OutputFile
from tests.comfyui_server import ComfyUIStandIn


@pytest.fixture
async def stand_in() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn() as stand_in:
        yield stand_in


async def test_files_that_take_long_keep_no_question_from_being_asked(stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.held.add("/view")
    async with open_session() as session:
        server = ComfyUI(stand_in.url, session, room=Room(asks=2, transfers=2))
        fetching = [asyncio.create_task(server.fetch(OutputFile("1", f"{one}.png", "", "output"))) for one in range(9)]
        await asyncio.sleep(0)
        await server.alive()
        stand_in.faults.held.clear()
        await asyncio.gather(*fetching, return_exceptions=True)


async def test_more_questions_than_connections_are_all_answered_and_the_wait_is_counted(
    stand_in: ComfyUIStandIn,
) -> None:
    waits: list[None] = []
    async with open_session() as session:
        server = ComfyUI(stand_in.url, session, room=Room(asks=2, transfers=1, waited=lambda: waits.append(None)))
        await asyncio.gather(*(server.alive() for _ in range(20)))
    assert len(waits) >= 18


async def test_a_request_that_cannot_be_sent_is_no_server_that_is_away(stand_in: ComfyUIStandIn) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with open_session() as session:
        server = ComfyUI(stand_in.url, session)
        taken = []
        try:
            lowest = os.dup(0)
            taken.append(lowest)
            resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 8, hard))
            with contextlib.suppress(OSError):
                while True:
                    taken.append(os.dup(0))
            asking = asyncio.create_task(server.alive())
            assert (await asyncio.wait([asking], timeout=0.1))[0] == set()
        finally:
            for file in taken:
                os.close(file)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        await asking


async def test_what_a_door_sets_never_takes_the_place_of_the_operators_own_cookie() -> None:
    sent: list[str | None] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        sent.append(request.headers.get("Cookie"))
        response = web.json_response({"queue_running": [], "queue_pending": []})
        response.set_cookie("session", "a-stranger")
        return response

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    # A name, since cookies of plain IP addresses are kept by nobody.
    own = ServerAddress.parse(f"http://localhost:{runner.addresses[0][1]}")
    async with open_session() as session:
        for address in (own.opened_by({"Cookie": "session=canary"}), own):
            server = ComfyUI(address, session)
            await server.alive()
            await server.alive()
    await runner.cleanup()
    assert sent == ["session=canary"] * 2 + [None] * 2


async def test_a_redirect_is_followed_nowhere(stand_in: ComfyUIStandIn) -> None:
    async with open_session() as session:
        server = ComfyUI(stand_in.url, session)
        await server.alive()
        stand_in.faults.http_status["/queue"] = 302
        with pytest.raises(Unreachable, match="302"):
            await server.alive()
