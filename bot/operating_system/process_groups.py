"""A program that is started with everything it starts itself in one group, so that all of it ends together."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from typing import Any, Final

_TERM_SECONDS: Final = 8.0
"""Less than Docker waits before it kills."""
_KILL_SECONDS: Final = 5.0

if sys.platform == "win32":
    OWN_GROUP: Final[dict[str, Any]] = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}

    def _ask(process: asyncio.subprocess.Process) -> None:
        # The only signal that Windows sends to a group. Python, and so ComfyUI, ends on it.
        process.send_signal(signal.CTRL_BREAK_EVENT)

    async def _kill(process: asyncio.subprocess.Process) -> None:
        # There is no signal for it; taskkill ends a process with all that it has started (/T).
        taskkill = await asyncio.create_subprocess_exec(
            "taskkill", "/F", "/T", "/PID", str(process.pid), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        await taskkill.wait()

else:
    import os

    OWN_GROUP: Final[dict[str, Any]] = {"start_new_session": True}

    def _ask(process: asyncio.subprocess.Process) -> None:
        os.killpg(process.pid, signal.SIGTERM)

    async def _kill(process: asyncio.subprocess.Process) -> None:
        os.killpg(process.pid, signal.SIGKILL)


async def end_group(process: asyncio.subprocess.Process) -> None:
    """End what was started with `OWN_GROUP`, and whatever it has started, politely at first."""
    # The group outlives its first process as long as anything is in it. What is gone already, and on macOS what is
    # dying (PermissionError), needs no signal.
    with contextlib.suppress(OSError):
        _ask(process)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _TERM_SECONDS)
    with contextlib.suppress(OSError):
        await _kill(process)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _KILL_SECONDS)
