"""Child processes in a group of their own: a program and everything that it starts end together."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from typing import Any, Final

_TERM_SECONDS: Final = 8.0
"""Less than the ten seconds that Docker waits before it kills a container."""
_KILL_SECONDS: Final = 5.0

if sys.platform == "win32":
    OWN_GROUP: Final[dict[str, Any]] = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}

    def _terminate(process: asyncio.subprocess.Process) -> None:
        # The only signal that Windows can send to a group. It ends Python programs, ComfyUI among them.
        process.send_signal(signal.CTRL_BREAK_EVENT)

    async def _kill(process: asyncio.subprocess.Process) -> None:
        # Windows has no such signal; taskkill /T ends a process together with everything it has started.
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


async def kill_group(process: asyncio.subprocess.Process) -> None:
    """End a process that was started with `OWN_GROUP`, and its children, by force."""
    with contextlib.suppress(OSError):
        await _kill(process)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _KILL_SECONDS)


async def end_group(process: asyncio.subprocess.Process) -> None:
    """End a process that was started with `OWN_GROUP`, and its children: first by asking, then by force."""
    # The group outlives its first process while any child lives. A process that has ended, or on macOS one that is
    # ending (PermissionError), needs no signal.
    with contextlib.suppress(OSError):
        _terminate(process)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _TERM_SECONDS)
    await kill_group(process)
