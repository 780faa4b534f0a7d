"""A ComfyUI that the bot starts itself: up, kept up, and gone with everything it started."""

import asyncio
import contextlib
import logging
import os
import shlex
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from bot import comfyui
from bot.comfyui.local_server import complete_command, launch_extras
from bot.errors import Unreachable
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, User, answered
from tests.looks import is_done
from tests.programs import ROOT
from tests.real_comfyui import CannotInstall, startable
from tests.waiting import until

ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}


class Started:
    """A stand-in that is started by a shell, beside a child that ends with nothing but its group."""

    def __init__(self, folder: Path) -> None:
        self.pids = folder / "pids"
        self.log = folder / "comfyui.log"
        script = f'echo $$ >> {self.pids}; sleep 1000 & {sys.executable} -m tests.comfyui_server "$@"; exit 3'
        self.command = ["sh", "-c", script, "comfyui"]

    def groups(self) -> list[int]:
        """Of every time that it was started."""
        return [int(line) for line in self.pids.read_text().split()] if self.pids.exists() else []


@pytest.fixture
def started(tmp_path: Path) -> Started:
    return Started(tmp_path)


@pytest.fixture
def free() -> str:
    """An address that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


async def answers(url: str) -> bool:
    with contextlib.suppress(Unreachable):
        async with comfyui.connect(url):
            return True
    return False


async def test_it_comes_up_makes_a_picture_and_goes_with_its_group(
    started: Started, free: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    async with comfyui.local_comfyui(started.command, [free], ENVIRONMENT, started.log) as url:
        assert url == free
        await until(lambda: f"the local ComfyUI is ready at {url}" in caplog.text)
        (group,) = started.groups()
        assert lives(group)
        assert "stand-in" in started.log.read_text()
    await until(lambda: not lives(group))
    assert not await answers(url)


async def test_it_is_started_again_when_it_dies(started: Started, free: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot")
    async with comfyui.local_comfyui(started.command, [free], ENVIRONMENT, started.log) as url:
        await until(lambda: "is ready at" in caplog.text)
        (first,) = started.groups()
        os.killpg(first, signal.SIGKILL)
        await until(lambda: caplog.text.count("is ready at") == 2)
        assert await answers(url)
        _, second = started.groups()
        assert "exited unexpectedly with code -9" in caplog.text
        assert started.log.with_suffix(".last.log").exists()
    await until(lambda: not lives(second))


async def test_a_port_that_is_taken_is_left_to_whoever_has_it(
    started: Started, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        wanted = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with comfyui.local_comfyui(started.command, [wanted], ENVIRONMENT, started.log) as url:
            assert url != wanted
            await until(lambda: f"is ready at {url}" in caplog.text)


async def test_one_that_answers_already_is_used_and_never_touched(started: Started, stand_in: ComfyUIStandIn) -> None:
    async with comfyui.local_comfyui(started.command, [stand_in.url], ENVIRONMENT, started.log) as url:
        assert url == stand_in.url
    assert not started.groups()
    assert await answers(stand_in.url)
    assert not stand_in.submitted


async def test_one_that_cannot_start_is_told_with_its_last_words(
    tmp_path: Path, free: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    command = ["sh", "-c", "echo no module named torch; exit 3"]
    async with comfyui.local_comfyui(command, [free], ENVIRONMENT, tmp_path / "logs" / "comfyui.log"):
        await until(lambda: caplog.text.count("exited with code 3 while starting:\nno module named torch") == 2)
    caplog.clear()
    async with comfyui.local_comfyui(["/no/such/program"], [free], ENVIRONMENT, tmp_path / "comfyui.log"):
        await until(lambda: "cannot be started, check COMFYUI_COMMAND" in caplog.text)


async def test_leaving_while_it_starts_ends_it_too(tmp_path: Path, free: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.operating_system.process_groups._TERM_SECONDS", 0.5)
    pids = tmp_path / "pids"
    # Deaf to SIGTERM's politeness, as a node in the middle of its work may be.
    command = ["sh", "-c", f"trap '' TERM; echo $$ > {pids}; sleep 1000 & wait; sleep 1000"]
    async with comfyui.local_comfyui(command, [free], ENVIRONMENT, tmp_path / "comfyui.log"):
        await until(lambda: pids.exists() and bool(pids.read_text().strip()))
    await until(lambda: not lives(int(pids.read_text())))


@pytest.mark.parametrize("turns", range(4))
async def test_leaving_at_its_very_start_leaves_nothing_behind(
    tmp_path: Path, free: str, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """It may be on its way before the loop that starts it has heard so."""
    monkeypatch.setattr("bot.operating_system.process_groups._TERM_SECONDS", 0.5)
    pids = tmp_path / "pids"
    command = ["sh", "-c", f"trap '' TERM; sleep 1000 & echo $$ > {pids}; wait; sleep 1000"]
    async with comfyui.local_comfyui(command, [free], ENVIRONMENT, tmp_path / "comfyui.log"):
        for _ in range(turns):
            await asyncio.sleep(0)
        time.sleep(0.2)  # noqa: ASYNC251 - the loop is late
    if pids.exists():
        await until(lambda: not lives(int(pids.read_text())))


@pytest.mark.parametrize(
    ("command", "urls", "address"),
    [
        ("python main.py", [], "http://127.0.0.1:8188"),
        ("python main.py", ["http://gpu:8188", "http://localhost:9000"], "http://localhost:9000"),
        ("python main.py --port 9001", ["http://localhost:9000"], "http://127.0.0.1:9001"),
        ("python main.py --port=9001", ["http://localhost:9001"], "http://localhost:9001"),
        ("python main.py --port", [], "http://127.0.0.1:8188"),
    ],
)
def test_where_it_would_be(command: str, urls: list[str], address: str) -> None:
    assert comfyui.usual_address(shlex.split(command), urls) == address


@pytest.mark.parametrize(
    ("command", "completed"),
    [
        ("python main.py --lowvram", "python main.py --lowvram"),
        ("comfy", "comfy --skip-prompt launch --"),
        ("/usr/bin/comfy --workspace /srv/ComfyUI", "/usr/bin/comfy --workspace /srv/ComfyUI --skip-prompt launch --"),
        ("comfy launch -- --lowvram", "comfy launch -- --lowvram"),
    ],
)
def test_comfy_cli_is_asked_to_launch(command: str, completed: str) -> None:
    assert shlex.join(complete_command(shlex.split(command))) == completed


def test_what_comfy_cli_is_used_to_start_it_with_is_kept(tmp_path: Path) -> None:
    assert launch_extras(tmp_path) == []
    folder = tmp_path / ".config" / "comfy-cli"
    folder.mkdir(parents=True)
    (folder / "config.ini").write_text("[DEFAULT]\ndefault_launch_extras = --lowvram --preview-method auto\n")
    extras = launch_extras(tmp_path)
    assert extras == ["--lowvram", "--preview-method", "auto"]
    assert complete_command(["comfy"], extras)[-4:] == ["--", *extras]
    assert complete_command(["python", "main.py"], extras) == ["python", "main.py"]
    (folder / "config.ini").write_text("no settings at all")
    assert launch_extras(tmp_path) == []


@pytest.mark.real
async def test_the_bot_brings_its_own_real_comfyui(discord: DiscordStandIn, tmp_path: Path, free: str) -> None:
    try:
        with startable() as command:
            env = {"COMFYUI_URLS": free, "COMFYUI_COMMAND": shlex.join(command), "DATA_DIR": str(tmp_path / "data")}
            await _a_card(discord, tmp_path, env)
    except CannotInstall as fault:
        pytest.skip(str(fault))
    assert not await answers(free)


async def _a_card(discord: DiscordStandIn, folder: Path, env: dict[str, str]) -> None:
    async with BotProcess(discord, log=folder / "bot.log", env=env, cwd=ROOT).ready() as bot:
        interaction = await answered(discord.slash("card", user=User("alice"), width=128, height=96))
        message = await interaction.message.until(is_done, 120)
        assert message.attachments
        (pid,) = await asyncio.to_thread(running, env["COMFYUI_URLS"].rpartition(":")[2])
        inherited = Path(f"/proc/{pid}/environ").read_text()
        assert "PATH=" in inherited
        assert "DISCORD_TOKEN" not in inherited
        assert await bot.terminate() == 0
    assert not running(env["COMFYUI_URLS"].rpartition(":")[2])


def running(port: str) -> list[int]:
    """The processes that were told this port."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().decode().split("\0")
            if "--port" in words and words[words.index("--port") + 1] == port:
                found.append(int(folder.name))
    return found
