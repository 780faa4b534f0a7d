"""Runs a program only for its exit code."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Final

from bot.operating_system.process_groups import OWN_GROUP, end_group

BUSY_SECONDS: Final = 10.0
"""How long a question may take that is asked before each job."""


async def exit_code(words: Sequence[str], environment: Mapping[str, str], seconds: float) -> int | None:
    """Run a command to its end and return its exit code. It does not outlive this call. Raises `OSError`, or
    `TimeoutError` if it is still running after so many seconds.
    """
    starting = asyncio.create_task(
        asyncio.create_subprocess_exec(
            *words,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            **OWN_GROUP,
        )
    )
    try:
        # Shielded, so that a cancel during the start still leaves a process to end.
        process = await asyncio.shield(starting)
        async with asyncio.timeout(seconds):
            return await process.wait()
    finally:
        with contextlib.suppress(OSError):
            started = await starting
            if started.returncode is None:
                await end_group(started)
