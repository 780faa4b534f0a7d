"""`python -m bot …` as an operator types it: a process of its own, its two streams kept apart."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEADLINE = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """Exit status, standard output and standard error."""

    code: int
    out: str
    err: str


async def program(*arguments: str, env: Mapping[str, str] | None = None) -> Ended:
    """Run it to its end."""
    async with started(*arguments, env=env) as process:
        return await ended(process)


@asynccontextmanager
async def started(*arguments: str, env: Mapping[str, str] | None = None) -> AsyncIterator[asyncio.subprocess.Process]:
    """It runs, and is gone when this is over. Of our own environment it has only what any program needs."""
    given = dict(env or {})
    paths = os.pathsep.join(filter(None, [given.pop("PYTHONPATH", ""), str(ROOT)]))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1", **given},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ended(process: asyncio.subprocess.Process) -> Ended:
    """Wait for its end."""
    async with asyncio.timeout(DEADLINE):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, (out or b"").decode(), (err or b"").decode())
