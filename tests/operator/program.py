"""`python -m bot …` as an operator types it: a process of its own, its two streams kept apart."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.discord_server.prefork import Forked
from tests.programs import ROOT

_DEADLINE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """Exit status, standard output and standard error."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Started:
    """The program at work, and what it says."""

    process: Forked
    out: asyncio.Task[bytes]
    err: asyncio.Task[bytes]

    async def ended(self) -> Ended:
        """Wait for its end."""
        async with asyncio.timeout(_DEADLINE):
            out, err = await asyncio.gather(self.out, self.err)
            return Ended(await self.process.wait(), out.decode(), err.decode())


async def program(*arguments: str, env: Mapping[str, str] | None = None) -> Ended:
    """Run it to its end."""
    async with started(*arguments, env=env) as running:
        return await running.ended()


@asynccontextmanager
async def started(
    *arguments: str, env: Mapping[str, str] | None = None, err: int | None = None, cwd: Path = ROOT
) -> AsyncIterator[Started]:
    """It runs, and is gone when this is over. Of our own environment it has only what any program needs.

    Its standard error goes to `err`, a descriptor, where there is one.
    """
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    with Path(os.devnull).open("rb") as nothing:
        process = await Forked.start(
            *arguments,
            env={"PATH": os.environ["PATH"], **(env or {})},
            cwd=cwd,
            streams=(nothing.fileno(), out_write, err_write if err is None else err),
        )
    os.close(out_write)
    os.close(err_write)
    said = [asyncio.create_task(_read(out_read)), asyncio.create_task(_read(err_read))]
    try:
        yield Started(process, *said)
    finally:
        process.kill()
        await process.wait()
        await asyncio.gather(*said)


async def _read(pipe: int) -> bytes:
    """All that comes out of it."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", buffering=0)
    )
    try:
        return await reader.read()
    finally:
        transport.close()
