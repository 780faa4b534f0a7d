"""The runner of the bot's process: it starts, is killed, comes back, and never stays behind."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import pytest

from tests.discord_server import BotProcess, DiscordStandIn
from tests.discord_server.prefork import Forked
from tests.waiting import until


def python(code: str) -> tuple[str, ...]:
    return sys.executable, "-c", code


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_bot_that_dies_at_its_start_is_not_waited_for(discord: DiscordStandIn, tmp_path: Path) -> None:
    command = python("raise SystemExit('no token')")
    async with BotProcess(discord, log=tmp_path / "bot.log", command=command) as bot:
        with pytest.raises(AssertionError, match=r"(?s)ended with 1.*no token"):
            await bot.wait_ready()


@pytest.mark.parametrize("turns", [1, 3, 5])
async def test_a_bot_whose_start_is_given_up_is_gone(discord: DiscordStandIn, tmp_path: Path, turns: int) -> None:
    env = {**discord.environment(), "PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    read, write = os.pipe()
    os.set_blocking(read, False)
    starting = asyncio.create_task(Forked.start(env=env, cwd=tmp_path, streams=(write, write, write)))
    for _ in range(turns):
        await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    os.close(write)

    def ended() -> bool:
        """The pipe ends with the last process that could still write to it."""
        try:
            return not os.read(read, 65536)
        except BlockingIOError:
            return False

    await until(ended)
    os.close(read)


async def test_the_process_has_only_the_environment_it_is_given(
    discord: DiscordStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADE_UP_SETTING", "the developer's")
    command = python("import os; print(os.environ.get('MADE_UP_SETTING'), os.environ['GIVEN'], os.getcwd())")
    async with BotProcess(
        discord, log=tmp_path / "bot.log", command=command, env={"GIVEN": "a value"}, cwd=tmp_path
    ) as bot:
        assert await bot.wait() == 0
    assert bot.log.read_text() == f"None a value {tmp_path}\n"


async def test_what_the_process_leaves_behind_is_ended_with_it(discord: DiscordStandIn, tmp_path: Path) -> None:
    lines: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    server = await asyncio.start_server(lambda *line: lines.put_nowait(line), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    child = f"import socket; socket.create_connection(('127.0.0.1', {port})).recv(1)"
    command = python(f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])")
    async with server, asyncio.timeout(30):
        async with BotProcess(discord, log=tmp_path / "bot.log", command=command) as bot:
            assert await bot.wait() == 0
            reader, writer = await lines.get()
            assert not reader.at_eof()
        # The child's end of the line closes when it dies.
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
