"""A person at a terminal: what he reads there, and what he types."""

import asyncio
import contextlib
import fcntl
import os
import pty
import termios
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from tests.waiting import until


class Terminal:
    """`shown` is everything that has appeared on the screen, with what was typed and echoed."""

    def __init__(self, screen: int, process: asyncio.subprocess.Process) -> None:
        self.shown = ""
        self.process = process
        self._screen = screen
        self._read = 0
        asyncio.get_running_loop().add_reader(screen, self._show)

    async def reads(self, text: str, seconds: float = 30.0) -> None:
        """Until this stands there, behind all that was read before."""

        def stands_there() -> bool:
            assert self.process.returncode is None or text in self.shown[self._read :], self.shown
            return text in self.shown[self._read :]

        await until(stands_there, seconds)
        self._read = self.shown.index(text, self._read) + len(text)

    def types(self, line: str, end: str = "\n") -> None:
        os.write(self._screen, (line + end).encode())

    def _show(self) -> None:
        # The terminal of a process that has ended cannot be read.
        with contextlib.suppress(OSError):
            self.shown += os.read(self._screen, 4096).decode(errors="replace").replace("\r\n", "\n")
            return
        asyncio.get_running_loop().remove_reader(self._screen)


@contextlib.asynccontextmanager
async def at_a_terminal(command: Sequence[str], env: Mapping[str, str], cwd: Path) -> AsyncIterator[Terminal]:
    """The command, with a terminal of its own; it is killed at the end, if it still runs."""
    screen, its_side = pty.openpty()
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=env,
            cwd=cwd,
            stdin=its_side,
            stdout=its_side,
            stderr=its_side,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
    finally:
        os.close(its_side)
    try:
        yield Terminal(screen, process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        asyncio.get_running_loop().remove_reader(screen)
        os.close(screen)
