"""The memory of a process is that of all it started."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.bench.scale.memory import Memory
from tests.waiting import until

# The child is a session of its own, as a program may make it that wants to outlive a terminal.
PARENT = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "held = bytes([1]) * (64 << 20); input()"], start_new_session=True)
"""


@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux tells")
async def test_what_a_child_takes_counts_also_after_it_has_ended() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, stdin=asyncio.subprocess.PIPE)
    try:
        with Memory(process.pid) as memory:
            await until(lambda: memory.now.proportional > 64 << 20)
            # The end of its input ends the child, and with it the parent.
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()
            await until(lambda: not memory.now.proportional)
            assert memory.peak.proportional > 64 << 20
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
