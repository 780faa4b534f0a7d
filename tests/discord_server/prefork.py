"""Starts the bot in a fraction of the time: forked from a process that has imported it already (`template`)."""

import asyncio
import atexit
import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

_ROOT: Final = Path(__file__).parents[2]


class Forked:
    """What `asyncio.subprocess.Process` is for a process that was started in the usual way."""

    def __init__(self, pid: int, line: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid: Final = pid
        self.returncode: int | None = None
        self._line = line
        self._writer = writer
        self._ended = asyncio.create_task(self._end())

    @classmethod
    async def start(
        cls,
        *arguments: str,
        env: Mapping[str, str],
        cwd: Path,
        streams: tuple[int, int, int],
        at_its_terminal: bool = False,
    ) -> Self:
        """`python -m bot`, with these arguments, this environment and nothing else.

        `streams` are the descriptors of its standard input, output and error; where it has a terminal of its own, they
        are that. Cancelled, this leaves no bot behind.
        """
        order = {"arguments": arguments, "env": dict(env), "cwd": str(cwd), "at_its_terminal": at_its_terminal}
        starting = asyncio.create_task(cls._start(order, env["PATH"], streams))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            unwanted = await starting
            unwanted.kill()
            await unwanted.wait()
            raise

    @classmethod
    async def _start(cls, order: Mapping[str, object], path: str, streams: tuple[int, int, int]) -> Self:
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(_template(path), [b"+"], [theirs.fileno(), *streams])
        line, writer = await asyncio.open_unix_connection(sock=ours)
        writer.write(json.dumps(order).encode() + b"\n")
        pid = await line.readline()
        assert pid, "the bot cannot be imported; the reason has gone to standard error"
        return cls(int(pid), line, writer)

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: signal.Signals) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def _end(self) -> int:
        self.returncode = int(await self._line.readline())
        self._writer.close()
        return self.returncode


@functools.cache
def _template(path: str) -> socket.socket:
    """One for the whole run of this process, which takes it along when it ends. It must not hear of Ctrl-C."""
    orders, theirs = socket.socketpair()
    env = {"PATH": path, "PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
    command = (sys.executable, "-m", "tests.discord_server.template")
    with theirs:
        template = subprocess.Popen(command, env=env, cwd=_ROOT, stdin=theirs.fileno(), start_new_session=True)

    def end() -> None:
        orders.close()
        template.wait()

    atexit.register(end)
    return orders
