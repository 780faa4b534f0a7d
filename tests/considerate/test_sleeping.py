"""A machine that sleeps: woken when somebody waits, and left alone while nobody does."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest

from tests.discord_server import DiscordStandIn, answered
from tests.looks import is_done
from tests.people import ALICE
from tests.programs import ROOT
from tests.recovery.studio import Studio
from tests.waiting import until

MAC: Final = "A1:B2:C3:D4:E5:F6"
MAGIC: Final = b"\xff" * 6 + bytes.fromhex(MAC.replace(":", "")) * 16
"""AMD, Magic Packet Technology, publication 20213: six times FF, then the address sixteen times."""


class SleepingMachine(asyncio.DatagramProtocol):
    """A ComfyUI starts on its `port` once a magic packet arrives at `alarm`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.alarm = 0
        self.packets = 0
        self.process: asyncio.subprocess.Process | None = None
        self._starting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.alarm = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002
        if data == MAGIC:
            self.packets += 1
            self._starting = self._starting or asyncio.create_task(self._wake())

    async def _wake(self) -> None:
        words = "-m", "tests.comfyui_server", "--port", str(self.port)
        self.process = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=ROOT)

    async def end(self) -> None:
        if self._starting is not None:
            await self._starting
        if self.process is not None:
            self.process.kill()
            await self.process.wait()


async def knocks(port: int, seconds: float) -> int:
    """How often somebody connects to this port."""
    heard = 0

    def knock(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        heard += 1
        writer.close()

    async with await asyncio.start_server(knock, "127.0.0.1", port):
        await asyncio.sleep(seconds)
    return heard


Sleeping = Callable[[], Awaitable[SleepingMachine]]


@pytest.fixture
async def sleeping() -> AsyncIterator[Sleeping]:
    """Machines that sleep, as many as wanted."""
    async with contextlib.AsyncExitStack() as stack:

        async def another() -> SleepingMachine:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                machine = SleepingMachine(free.getsockname()[1])
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: machine, local_addr=("127.0.0.1", 0)
            )
            stack.push_async_callback(machine.end)
            stack.callback(transport.close)
            return machine

        yield another


async def test_it_wakes_for_whoever_waits_and_ends_in_an_image(
    discord: DiscordStandIn, sleeping: Sleeping, tmp_path: Path
) -> None:
    machine = await sleeping()
    settings = {
        "COMFYUI_URLS": f"http://127.0.0.1:{machine.port}",
        "WAKE_MAC": f"{MAC}@127.0.0.1:{machine.alarm}",
    }
    async with Studio(discord, [], tmp_path, settings) as studio:
        await until(lambda: studio.select("SELECT trouble FROM servers") == [("asleep",)])
        listed = await answered(discord.slash("queue", user=ALICE))
        assert "The GPU is asleep" in listed.message.content
        assert await knocks(machine.port, seconds=7) == 0, "longer than any pause between two tries"
        assert not machine.packets, "nobody waits"
        order = await studio.order(ALICE)
        assert (
            "Waking up the GPU … Your place is kept, and your request starts once the GPU is ready."
            in order.message.content
        )
        await order.message.until(is_done)
        assert machine.packets


async def test_nothing_is_woken_that_the_budget_does_not_pay_for(
    discord: DiscordStandIn, sleeping: Sleeping, tmp_path: Path
) -> None:
    machine = await sleeping()
    settings = {
        "COMFYUI_URLS": f"http://127.0.0.1:{machine.port}",
        "WAKE_MAC": f"{MAC}@127.0.0.1:{machine.alarm}",
        "PRICE_PER_SECOND": "1",
        "SPEND_LIMIT": "0",
    }
    async with Studio(discord, [], tmp_path, settings) as studio:
        for prompt in ("a fox", "a hen"):
            order = await studio.order(ALICE, prompt)
            await order.message.until(lambda message: "budget is used up" in message.content)
            # A new process has claimed nothing yet.
            await studio.restart()
        assert not machine.packets


async def test_one_job_wakes_one_machine(discord: DiscordStandIn, sleeping: Sleeping, tmp_path: Path) -> None:
    machines = [await sleeping() for _ in range(3)]
    settings = {
        "COMFYUI_URLS": ",".join(f"http://127.0.0.1:{machine.port}" for machine in machines),
        "WAKE_MAC": " | ".join(
            f"http://127.0.0.1:{machine.port} => {MAC}@127.0.0.1:{machine.alarm}" for machine in machines
        ),
    }
    async with Studio(discord, [], tmp_path, settings) as studio:
        await until(lambda: studio.select("SELECT trouble FROM servers") == [("asleep",)] * 3)
        for prompt in ("a fox", "a hen"):
            # The second one finds a machine that is awake.
            order = await studio.order(ALICE, prompt)
            await order.message.until(is_done)
            assert sum(bool(machine.packets) for machine in machines) == 1
