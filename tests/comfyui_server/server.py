"""The stand-in as a whole: its life, its port, its folders, and what a test may ask it afterwards."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Final, Self

from aiohttp import web

from tests.comfyui_server.app import App
from tests.comfyui_server.catalogue import Catalogue
from tests.comfyui_server.execution import RUNS, Executor, Surroundings
from tests.comfyui_server.faults import Faults
from tests.comfyui_server.job_queue import JobQueue
from tests.comfyui_server.node import Run
from tests.comfyui_server.sockets import Sockets
from tests.comfyui_server.storage import Storage
from tests.comfyui_server.versions import VERSIONS, VersionName

FULL_PREVIEW: Final = 512
"""Pixels: how large a real one makes them where its `--preview-size` says nothing else."""
SMALL_PREVIEW: Final = 128
"""Few tests look at previews, and all that show some make them: a sixteenth of the work."""
# A process that dies waits for nobody.
_FAREWELL: Final = 0.01


class ComfyUIStandIn:
    """A ComfyUI to the outside: same routes, same events, same traps, with a painter instead of a GPU."""

    runs: ClassVar[Mapping[str, Run]] = RUNS
    """What the nodes of each class do."""

    def __init__(
        self,
        port: int = 0,
        version: VersionName = "0.33.0",
        steps_per_second: float | None = None,
        checkpoints: Sequence[str] = ("tiny-random-sd15.safetensors",),
        more_loras: Sequence[str] = (),
        faults: Faults | None = None,
        preview_size: int = SMALL_PREVIEW,
    ) -> None:
        self.port = port
        self.faults: Final = faults or Faults()
        self.executed: Final[list[str]] = []
        """prompt_ids whose execution began, in order, with repeats; restarts do not empty it."""
        self.interrupts: Final[list[float]] = []
        """When it was interrupted, by the monotonic clock."""
        self.submitted: Final[list[dict[str, Any]]] = []
        """Bodies of POST /prompt, the refused ones too."""
        self.viewed: Final[list[str]] = []
        """Names of the files that were asked for."""
        self.freed: Final[list[float]] = []
        """When it was asked to unload its models, by the monotonic clock."""
        self._version: Final = VERSIONS[version]
        self._steps_per_second: Final = steps_per_second
        self._checkpoints: Final = checkpoints
        self._more_loras: Final = more_loras
        self._preview_size: Final = preview_size
        self._folder: Final = tempfile.TemporaryDirectory(prefix="comfyui-stand-in-", ignore_cleanup_errors=True)
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._change: Final = asyncio.Lock()
        self._death: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        return self._runner is not None

    def output_bytes(
        self,
        filename: str,
        subfolder: str = "",
        type: str = "output",  # noqa: A002 -- so that an entry of `images` can be passed as it is
    ) -> bytes:
        return (Path(self._folder.name) / type / subfolder / filename).read_bytes()

    def catalogue(self, storage: Storage) -> Catalogue:
        """What exists on it, as long as it lives this time."""
        return Catalogue(self._version, self._checkpoints, self._more_loras, storage, self.faults)

    def began(self, prompt_id: str) -> None:
        """A run begins."""
        self.executed.append(prompt_id)

    def ended(self, prompt_id: str) -> None:
        """A run is over, and the history has it."""

    async def start(self) -> None:
        """A process that knows nothing of any that was before, on the same port and the same folders."""
        async with self._change:
            await self._bring_up()

    async def stop(self) -> None:
        """Dies on the spot: no close handshake, no goodbye."""
        async with self._change:
            if self._runner is None:
                return
            try:
                await self._tear_down(self._runner)
            finally:
                self._runner = None

    async def refuse(self) -> None:
        """Lives on, works on, and refuses every connection: it cannot be reached until `listen`."""
        async with self._change:
            if self._runner is not None and self._site is not None:
                await self._site.stop()
                self._site = None
                _cut(self._runner)

    async def listen(self) -> None:
        """Take connections again."""
        async with self._change:
            if self._runner is not None and self._site is None:
                await self._open_port(self._runner)

    async def _bring_up(self) -> None:
        storage = Storage(Path(self._folder.name))
        queue = JobQueue(lambda: sockets.post_status())  # noqa: PLW0108 -- there is none yet
        sockets = Sockets(self._version, self.faults, lambda: {"exec_info": {"queue_remaining": queue.remaining}})
        surroundings = Surroundings(
            version=self._version,
            catalogue=self.catalogue(storage),
            storage=storage,
            queue=queue,
            sockets=sockets,
            faults=self.faults,
            steps_per_second=self._steps_per_second,
            preview_size=self._preview_size,
            runs=self.runs,
            began=self.began,
            ended=self.ended,
            interrupts=self.interrupts,
            die=self._die,
        )
        executor = Executor(surroundings)
        app = App(surroundings, executor, self.submitted, self.viewed, self.freed).build()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_FAREWELL)
        await self._runner.setup()
        await self._open_port(self._runner)
        self.port = self._runner.addresses[0][1]
        self._tasks = [asyncio.create_task(executor.run()), asyncio.create_task(sockets.publish())]

    async def _open_port(self, runner: web.AppRunner) -> None:
        self._site = web.TCPSite(runner, "127.0.0.1", self.port)
        await self._site.start()

    async def _tear_down(self, runner: web.AppRunner) -> None:
        for task in self._tasks:
            task.cancel()
        _cut(runner)
        await runner.cleanup()
        for ended in await asyncio.gather(*self._tasks, return_exceptions=True):
            # Not the cancellation, but what went wrong in the stand-in itself.
            if isinstance(ended, Exception):
                raise ended

    def _die(self) -> None:
        self._death = asyncio.get_running_loop().create_task(self.stop())

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        self._folder.cleanup()


def _cut(runner: web.AppRunner) -> None:
    """Every connection breaks."""
    if runner.server is not None:
        for connection in runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()
