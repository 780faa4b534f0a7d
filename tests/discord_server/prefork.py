"""Starts the bot in a fraction of the time: forked from a process that has imported it already (`template.py`)."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Self

_ROOT: Final = Path(__file__).parents[2]
_TEMPLATE: Final = Path(__file__).with_name("template.py")
_ADDRESS: Final = "TEMPLATE_OF_BOTS"
"""The variable that tells every process of a test run where it is."""


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
        starting = asyncio.create_task(cls._start(order, streams))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            unwanted = await starting
            unwanted.kill()
            await unwanted.wait()
            raise

    @classmethod
    async def _start(cls, order: Mapping[str, object], streams: tuple[int, int, int]) -> Self:
        ours = socket.socket(socket.AF_UNIX)
        ours.connect(os.environ[_ADDRESS])
        socket.send_fds(ours, [b"+"], streams)
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


@contextlib.contextmanager
def template() -> Iterator[None]:
    """The process that bots are forked from, for this process and all that it starts. It does not hear of Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="darkroom-template-") as folder, socket.socket(socket.AF_UNIX) as orders:
        address = str(Path(folder, "orders"))
        orders.bind(address)
        orders.listen()
        process = subprocess.Popen(
            # As a file, and without its folder on the path: the package around it is the tests', not the bot's.
            (sys.executable, "-P", _TEMPLATE, str(orders.fileno())),
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(_ROOT),
                "PYTHONUNBUFFERED": "1",
                "PYTHONFAULTHANDLER": "1",
            },
            stdin=subprocess.PIPE,
            pass_fds=[orders.fileno()],
            start_new_session=True,
        )
        os.environ[_ADDRESS] = address
        try:
            yield
        finally:
            process.communicate()
            del os.environ[_ADDRESS]
