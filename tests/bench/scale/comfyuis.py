"""Light ComfyUIs in a process of their own, and what ran on which of them when."""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_ROOT: Final = Path(__file__).parents[3]


@dataclass(slots=True)
class Run:
    """One prompt on one server, by the monotonic clock; `ended` is None while it runs."""

    url: str
    prompt_id: str
    began: float
    ended: float | None = None


class ComfyUIs:
    """`async with ComfyUIs(4) as comfyuis:`; `runs` grows while they run, in the order of their beginnings.

    `hostile` is one of the hostile server's cases, and the words of the jobs that meet it.
    """

    def __init__(self, count: int, hostile: tuple[str, str] | None = None) -> None:
        self.urls: list[str] = []
        self.runs: Final[list[Run]] = []
        self._count: Final = count
        self._hostile: Final = hostile
        self._open: Final[dict[str, Run]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "they were not started"
        return self._process.pid

    async def __aenter__(self) -> Self:
        more = () if self._hostile is None else ("--hostile", *self._hostile)
        command = (sys.executable, "-m", "tests.bench.light_comfyui", "--servers", str(self._count), *more)
        self._process = await asyncio.create_subprocess_exec(*command, cwd=_ROOT, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        self.urls = json.loads(await self._process.stdout.readline())["urls"]
        self._reading = asyncio.create_task(self._read(self._process.stdout))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._reading is not None
        # Nothing of theirs is worth waiting for.
        self._process.kill()
        await self._process.wait()
        await self._reading

    async def _read(self, lines: asyncio.StreamReader) -> None:
        async for line in lines:
            told = json.loads(line)
            # A server runs one prompt at a time.
            if "began" in told:
                run = self._open[told["url"]] = Run(told["url"], told["prompt_id"], told["began"])
                self.runs.append(run)
            else:
                self._open.pop(told["url"]).ended = told["ended"]
