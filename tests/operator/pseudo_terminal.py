"""`python -m bot` at a terminal: what it shows is read as it stands there, and answers are typed."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.discord_server.prefork import Forked

CTRL_C: Final = "\x03"
CTRL_D: Final = "\x04"
_DEADLINE: Final = 60.0


class Terminal:
    """The operator's side of it. `shown` is everything that stood there."""

    def __init__(self, process: Forked, master: int) -> None:
        self.process = process
        self._master = master
        self._bytes = bytearray()
        self._seen = 0
        self._more = asyncio.Event()
        asyncio.get_running_loop().add_reader(master, self._read)

    @property
    def shown(self) -> str:
        return self._bytes.decode(errors="replace").replace("\r\n", "\n")

    async def sees(self, text: str) -> None:
        """Wait until this has been shown, after what was waited for last."""
        try:
            async with asyncio.timeout(_DEADLINE):
                while (found := self.shown.find(text, self._seen)) < 0:
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"{text!r} was not shown; it says:\n{self.shown}") from None
        self._seen = found + len(text)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    async def answers(self, question: str, text: str) -> None:
        """Type this, and the return key, when it is asked for."""
        await self.sees(question)
        self.type(f"{text}\n")

    async def end(self) -> int:
        """Wait for the program's end; its exit status."""
        async with asyncio.timeout(_DEADLINE):
            return await self.process.wait()

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)

    def _read(self) -> None:
        try:
            self._bytes += os.read(self._master, 65536)
        except OSError:  # nobody is at the other side any more
            asyncio.get_running_loop().remove_reader(self._master)
        self._more.set()


@asynccontextmanager
async def at_a_terminal(*arguments: str, env: Mapping[str, str], cwd: Path) -> AsyncIterator[Terminal]:
    """The program, started in this folder; it is gone when this is over."""
    master, slave = os.openpty()
    process = await Forked.start(
        *arguments,
        env={"PATH": os.environ["PATH"], "TERM": "dumb", "LANG": "C.UTF-8", **env},
        cwd=cwd,
        streams=(slave, slave, slave),
        at_its_terminal=True,
    )
    os.close(slave)
    terminal = Terminal(process, master)
    try:
        yield terminal
    finally:
        process.kill()
        await process.wait()
        terminal.close()
