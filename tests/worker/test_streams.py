"""Sockets to ComfyUI servers have a limit of their own: idle ones make room, and a job can do without one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from bot.comfyui import ComfyUI, open_session
from bot.errors import Unreachable
from bot.worker.sockets.socket_limit import SocketLimit
from bot.worker.sockets.streams import Streams
from tests.comfyui_server import ComfyUIStandIn
from tests.waiting import until

APPLICATION = 300


@pytest.fixture
async def server() -> AsyncIterator[ComfyUI]:
    async with ComfyUIStandIn() as stand_in, open_session() as session:
        yield ComfyUI(stand_in.url, session)


@contextlib.asynccontextmanager
async def opened(server: ComfyUI, limit: SocketLimit) -> AsyncIterator[Streams]:
    streams = Streams(server, limit)
    yield streams
    await streams.close()


async def test_one_user_has_one_socket_and_finds_it_open_the_next_time(server: ComfyUI) -> None:
    async with opened(server, SocketLimit(8)) as streams:
        async with streams.of(APPLICATION, 1) as first, streams.of(APPLICATION, 1) as second:
            assert first is second
            assert first.connected.is_set()
        async with streams.of(APPLICATION, 1) as third:
            assert third is first


async def test_the_socket_that_is_idle_longest_makes_room(server: ComfyUI) -> None:
    async with opened(server, SocketLimit(2)) as streams:
        async with streams.of(APPLICATION, 1):
            pass
        async with streams.of(APPLICATION, 2) as kept:
            pass
        async with streams.of(APPLICATION, 3) as newest:
            assert newest.connected.is_set()
            async with streams.of(APPLICATION, 2) as again:
                assert again is kept


async def test_where_all_are_in_use_a_job_goes_without_one(server: ComfyUI) -> None:
    async with opened(server, SocketLimit(1)) as streams, streams.of(APPLICATION, 1) as used:
        async with streams.of(APPLICATION, 2) as without:
            assert not without.connected.is_set()
        assert used.connected.is_set()


async def test_a_job_that_needs_one_waits_for_it(server: ComfyUI) -> None:
    async with opened(server, SocketLimit(1)) as streams:
        taken = asyncio.Event()

        async def need() -> None:
            async with streams.of(APPLICATION, 2, needed=True) as stream:
                assert stream.connected.is_set()
                taken.set()

        async with streams.of(APPLICATION, 1):
            needing = asyncio.create_task(need())
            async with streams.of(APPLICATION, 3) as without:
                assert not without.connected.is_set()
            assert not taken.is_set()
        await needing


async def test_two_servers_share_one_bound(server: ComfyUI) -> None:
    limit = SocketLimit(1)
    async with (
        ComfyUIStandIn() as other,
        open_session() as session,
        opened(server, limit) as here,
        opened(ComfyUI(other.url, session), limit) as there,
    ):
        async with here.of(APPLICATION, 1) as idle_by_then:
            pass
        async with there.of(APPLICATION, 1) as stream:
            assert stream.connected.is_set()
        await until(lambda: not idle_by_then.connected.is_set())


async def test_few_stay_open_for_nobody(server: ComfyUI) -> None:
    async with opened(server, SocketLimit(100)) as streams:
        seen = []
        for user in range(40):
            async with streams.of(APPLICATION, user) as stream:
                seen.append(stream)
        await until(lambda: sum(stream.connected.is_set() for stream in seen) <= 16)
        streams.tidy(0.0)
        await until(lambda: not any(stream.connected.is_set() for stream in seen))


async def test_a_socket_that_cannot_be_opened_holds_nobody_up(server: ComfyUI) -> None:
    async with ComfyUIStandIn() as deaf, open_session() as session:
        deaf.faults.http_status["/ws"] = 404
        async with opened(ComfyUI(deaf.url, session), SocketLimit(8)) as streams, streams.of(APPLICATION, 1) as stream:
            assert stream.tried.is_set()
            assert not stream.connected.is_set()


async def test_connections_that_end_by_themselves_are_counted(server: ComfyUI) -> None:
    async with (
        ComfyUIStandIn() as dying,
        open_session() as session,
        opened(ComfyUI(dying.url, session), SocketLimit(8)) as streams,
    ):
        async with streams.of(APPLICATION, 1):
            await dying.stop()
            await until(lambda: streams.breaks == 1)
        await streams.close()
        assert streams.breaks == 1


class Doorkeeper:
    """A proxy that lets so many connections through at once, and closes all others."""

    def __init__(self, stand_in: ComfyUIStandIn, most: int) -> None:
        self._behind = stand_in.url.removeprefix("http://").split(":")
        self._most = most
        self._inside = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._inside >= self._most:
            writer.transport.abort()
            return
        self._inside += 1
        host, port = self._behind
        behind_reader, behind_writer = await asyncio.open_connection(host, int(port))
        ways = [_pass_on(reader, behind_writer), _pass_on(behind_reader, writer)]
        _, still = await asyncio.wait([asyncio.create_task(way) for way in ways], return_when="FIRST_COMPLETED")
        for way in still:
            way.cancel()
        behind_writer.transport.abort()
        writer.transport.abort()
        self._inside -= 1


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(2**16):
            writer.write(chunk)
            await writer.drain()


async def test_where_a_proxy_lets_few_connections_through_idle_sockets_keep_no_request_out() -> None:
    async with ComfyUIStandIn() as stand_in, open_session() as session:
        proxy = await asyncio.start_server(Doorkeeper(stand_in, 4).connected, "127.0.0.1", 0)
        server = ComfyUI(f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}", session)

        async def answers() -> bool:
            with contextlib.suppress(Unreachable):
                await server.alive()
                return True
            return False

        async with proxy, opened(server, SocketLimit(100)) as streams:
            for user in range(4):
                async with streams.of(APPLICATION, user):
                    pass
            await until(answers)
            # It has learned from that: no crowd takes them all again.
            for user in range(20):
                async with streams.of(APPLICATION, user):
                    await server.alive()
