"""The demo in a process of its own, started as `make demo` starts it."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[2]
_DEADLINE: Final = 120.0


@contextlib.asynccontextmanager
async def demo(*arguments: str, comfyui: str = "") -> AsyncIterator[str]:
    """Start the demo, yield the address that it prints, and stop it with Ctrl-C.

    Fails if the demo doesn't stop cleanly or if the bot has logged an error. `comfyui` is the address of a server that
    replaces the demo's own.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.demo", *arguments,
        cwd=_ROOT, env={**os.environ, "COMFYUI_URLS": comfyui}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_DEADLINE):
            line = (await process.stdout.readline()).decode()
        found = re.search(r"http://127\.0\.0\.1:\S+", line)
        assert found, line
        yield found[0]
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(_DEADLINE):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
