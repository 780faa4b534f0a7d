"""Runs the bot as a process of its own: in its own group, its output in a file, and surely gone afterwards."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.discord_server.prefork import Forked
from tests.discord_server.stand_in import DiscordStandIn
from tests.ledgers import lay_ledger
from tests.waiting import DEADLINE, until

_ROOT: Final = Path(__file__).parents[2]
# Of the tests' own environment only what any program needs: no setting of a developer's machine reaches the bot.
_INHERITED: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT")
_TAIL: Final = 4_000
AS_ITS_OPERATOR: Final = (sys.executable, "-m", "bot")
"""The command that starts the bot."""


class BotProcess:
    """`async with BotProcess(discord, log=folder / "bot.log", env={...}) as bot:` starts it.

    It can be killed and started again. `name` tells processes apart in `discord.requests`; the log is appended to.
    Without a `command` the bot is forked from a process that has imported it already, and finds an empty ledger.
    """

    def __init__(
        self,
        discord: DiscordStandIn,
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        name: str = "bot",
        command: Sequence[str] | None = None,
    ) -> None:
        self.log = log
        self._discord = discord
        self._env = env or {}
        self._cwd = cwd or Path.cwd()
        self._name = name
        self._command = command
        self._process: asyncio.subprocess.Process | Forked | None = None
        self._sessions_before = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            if self.running:
                await self.terminate()
        except TimeoutError as late:
            message = f"the process did not end after SIGTERM; {self.tail()}"
            if error is None:
                raise AssertionError(message) from late
            error.add_note(message)
        finally:
            await self._end_group()
        if error is not None:
            error.add_note(self.tail())

    @contextlib.asynccontextmanager
    async def ready(self) -> AsyncIterator[Self]:
        """Started, and online at Discord."""
        async with self:
            await self.wait_ready()
            yield self

    @property
    def pid(self) -> int:
        return self._started.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def returncode(self) -> int | None:
        """Negative: the number of the signal that ended it."""
        return self._started.returncode

    async def start(self, more: Mapping[str, str] | None = None) -> None:
        """Start it, once with these settings beside its own."""
        assert not self.running, "it is running already"
        self._sessions_before = self._sessions()
        given = self._discord.environment(self._name)
        paths = os.pathsep.join([given["PYTHONPATH"], str(_ROOT)])
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        # Nobody out there is ever asked: to read the machine's hundred certificates is a tenth of a start.
        settled = {"PYTHONPATH": paths, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1", "SSL_CERT_FILE": os.devnull}
        env = inherited | given | settled | dict(self._env) | dict(more or {})
        with self.log.open("ab") as log:
            if self._command is None:
                if "DATA_DIR" in env and "DATABASE_URL" not in env:
                    lay_ledger(Path(self._cwd, env["DATA_DIR"], "darkroom.db"))
                with Path(os.devnull).open("rb") as nothing:
                    streams = nothing.fileno(), log.fileno(), log.fileno()
                    self._process = await Forked.start(env=env, cwd=self._cwd, streams=streams)
                return
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=env,
                cwd=self._cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )

    async def wait_ready(self, deadline: float = DEADLINE) -> None:
        """Until this process has a session at the gateway; raises AssertionError if it ends before."""
        ended = asyncio.create_task(self._started.wait())
        ready = asyncio.create_task(self._discord.until(lambda: self._sessions() > self._sessions_before, deadline))
        try:
            await asyncio.wait([ended, ready], return_when=asyncio.FIRST_COMPLETED)
            assert not ended.done(), f"it ended with {self.returncode}; {self.tail()}"
            await ready
        finally:
            ended.cancel()
            ready.cancel()

    async def wait(self, deadline: float = DEADLINE) -> int:
        """Until it has ended by itself; its return code."""
        async with asyncio.timeout(deadline):
            return await self._started.wait()

    async def terminate(self, deadline: float = 15) -> int:
        """SIGTERM to the process (not to its children), and its return code; raises TimeoutError."""
        self.ask_to_end()
        return await self.wait(deadline)

    def ask_to_end(self) -> None:
        """SIGTERM, without waiting for what it does."""
        with contextlib.suppress(ProcessLookupError):
            self._started.terminate()

    async def kill(self) -> None:
        """SIGKILL to the process (not to its children), as when the machine runs out of memory."""
        with contextlib.suppress(ProcessLookupError):
            self._started.kill()
        await self.wait()

    def suspend(self) -> None:
        """It does nothing until `resume`."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    async def restart(self) -> None:
        """Killed, started again, and online."""
        await self.kill()
        await self.start()
        await self.wait_ready()

    async def says(self, words: str, times: int = 1) -> None:
        """Until its log has these words."""
        await until(lambda: self.log.read_text(errors="replace").count(words) >= times)

    def tail(self) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return f"the end of {self.log.name}:\n{text[-_TAIL:]}"

    @property
    def _started(self) -> asyncio.subprocess.Process | Forked:
        assert self._process is not None, "it was not started"
        return self._process

    def _sessions(self) -> int:
        return sum(session.process == self._name for session in self._discord.gateway.sessions)

    async def _end_group(self) -> None:
        """Whatever is left of its group, and the proof that the process itself is gone."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self.wait(10)
        assert self.returncode is not None
