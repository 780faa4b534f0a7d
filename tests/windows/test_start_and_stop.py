"""The program with an event loop that takes no signal handlers, as Windows has it: it starts, works and stops."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn
from tests.looks import finished
from tests.people import ALICE
from tests.programs import ROOT, Program
from tests.waiting import until

WITHOUT_HANDLERS = """
import asyncio, runpy, sys

class Loop(asyncio.SelectorEventLoop):
    def add_signal_handler(self, *_):
        raise NotImplementedError

    def remove_signal_handler(self, *_):
        raise NotImplementedError

class Policy(asyncio.DefaultEventLoopPolicy):
    _loop_factory = Loop

asyncio.set_event_loop_policy(Policy())
runpy.run_module("bot", run_name="__main__", alter_sys=True)
"""
AS_ON_WINDOWS = (sys.executable, "-c", WITHOUT_HANDLERS)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_starts_works_and_stops(discord: DiscordStandIn, program: Program, number: signal.Signals) -> None:
    async with program(command=AS_ON_WINDOWS).ready() as bot:
        await finished(discord.slash("imagine", user=ALICE, prompt="a fox"))
        os.kill(bot.pid, number)
        assert await bot.wait() == 0
    log = bot.log.read_text()
    assert "stopping; running jobs resume at the next start" in log
    assert "Traceback" not in log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_picture_in_the_terminal_can_be_cancelled(
    stand_in: ComfyUIStandIn, tmp_path: Path, number: signal.Signals
) -> None:
    stand_in.faults.hang_in = "KSampler"
    process = await asyncio.create_subprocess_exec(
        *(*AS_ON_WINDOWS, "generate", "--prompt", "a fox", "--out", str(tmp_path)),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "COMFYUI_URLS": stand_in.url, "DATA_DIR": str(tmp_path)},
        stderr=asyncio.subprocess.PIPE,
    )
    await until(lambda: bool(stand_in.executed))
    process.send_signal(number)
    stand_in.faults.hang_in = None
    _, err = await process.communicate()
    assert process.returncode == 130
    assert b"Cancelled." in err
    assert b"Traceback" not in err


async def test_a_console_that_cannot_write_a_sign_gets_it_spelled_out(stand_in: ComfyUIStandIn, tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    packs.mkdir()
    (packs / "odd.json").write_text('{"1": {"class_type": "EmptyImage", "inputs": {}}}')
    (packs / "odd.toml").write_text('title = "⏭ \\u001b[2J"\n[parameters."⏭"]\ntarget = ["no such node.x"]\n')
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "workflows"),
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONIOENCODING": "cp1252",
            "COMFYUI_URLS": stand_in.url,
            "WORKFLOWS_DIR": str(packs),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 1
    assert not err
    assert b"\\u23ed" in out
    assert b"\x1b" not in out
