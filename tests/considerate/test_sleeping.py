"""A machine that sleeps: woken when somebody waits, and left alone while nobody does."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.discord_server import DiscordStandIn
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


@pytest.fixture
async def machine(free_port: int) -> AsyncIterator[SleepingMachine]:
    machine = SleepingMachine(free_port)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: machine, local_addr=("127.0.0.1", 0)
    )
    yield machine
    transport.close()
    await machine.end()


async def test_it_wakes_for_whoever_waits_and_ends_in_an_image(
    discord: DiscordStandIn, machine: SleepingMachine, tmp_path: Path
) -> None:
    settings = {
        "COMFYUI_URLS": f"http://127.0.0.1:{machine.port}",
        "WAKE_MAC": f"{MAC}@127.0.0.1:{machine.alarm}",
    }
    async with Studio(discord, [], tmp_path, settings) as studio:
        await until(lambda: studio.select("SELECT trouble FROM servers") == [("asleep",)])
        assert await knocks(machine.port, seconds=7) == 0, "longer than any pause between two tries"
        assert not machine.packets, "nobody waits"
        order = await studio.order(ALICE)
        assert "Waking up the GPU … Your place is kept; it starts once the GPU is awake." in order.message.content
        await order.message.until(is_done)
        assert machine.packets
