"""Start a program in a process group of its own, so that it ends together with all its child processes."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from typing import Any, Final

_TERM_SECONDS: Final = 8.0
"""Less than the time Docker waits before it kills a container."""
_KILL_SECONDS: Final = 5.0

if sys.platform == "win32":
    OWN_GROUP: Final[dict[str, Any]] = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}

    def _terminate(process: asyncio.subprocess.Process) -> None:
        # The only signal that Windows sends to a group. It ends Python programs, including ComfyUI.
        process.send_signal(signal.CTRL_BREAK_EVENT)

    async def _kill(process: asyncio.subprocess.Process) -> None:
        # Windows has no kill signal for a group; `taskkill /T` ends a process with all its children.
        taskkill = await asyncio.create_subprocess_exec(
            "taskkill", "/F", "/T", "/PID", str(process.pid), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        await taskkill.wait()

else:
    import os

    OWN_GROUP: Final[dict[str, Any]] = {"start_new_session": True}

    def _terminate(process: asyncio.subprocess.Process) -> None:
        os.killpg(process.pid, signal.SIGTERM)

    async def _kill(process: asyncio.subprocess.Process) -> None:
        os.killpg(process.pid, signal.SIGKILL)


async def end_group(process: asyncio.subprocess.Process) -> None:
    """End a process started with `OWN_GROUP` and all its children: ask first, kill after `_TERM_SECONDS`."""
    # A group exists as long as any process is in it. If all are gone, or on macOS dying (PermissionError), no signal is
    # needed.
    with contextlib.suppress(OSError):
        _terminate(process)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _TERM_SECONDS)
    with contextlib.suppress(OSError):
        await _kill(process)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _KILL_SECONDS)
