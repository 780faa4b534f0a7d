"""The executor: one prompt at a time, node by node, interruptible at ticks and between nodes."""

import asyncio
import copy
import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from tests.comfyui_server import editing_nodes, image_nodes, latent_nodes, media_nodes
from tests.comfyui_server.cache import Cache, Cached
from tests.comfyui_server.catalogue import Catalogue
from tests.comfyui_server.faults import Failure, Faults
from tests.comfyui_server.job_queue import Job, JobQueue
from tests.comfyui_server.node import Call, Frame, Interrupted, NodeFailed, Result, Run
from tests.comfyui_server.node_order import NodeOrder
from tests.comfyui_server.progress import Progress
from tests.comfyui_server.sockets import Sockets
from tests.comfyui_server.storage import Storage
from tests.comfyui_server.validation import Graph, is_link
from tests.comfyui_server.versions import Version

RUNS: Final[Mapping[str, Run]] = {**image_nodes.RUNS, **editing_nodes.RUNS, **latent_nodes.RUNS, **media_nodes.RUNS}

# How often a hanging node looks whether it may go on.
_HANG_POLL: Final = 0.005


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that the executor works with and on."""

    version: Version
    catalogue: Catalogue
    storage: Storage
    queue: JobQueue
    sockets: Sockets
    faults: Faults
    steps_per_second: float | None
    preview_size: int
    runs: Mapping[str, Run]
    """What the nodes of each class do."""
    began: Callable[[str], None]
    """Is called with the prompt_id of every run that begins."""
    ended: Callable[[str], None]
    """Is called with the prompt_id of every run that is over, when the history has it."""
    interrupts: list[float]
    """Gets the time of every interrupt, whatever it stops."""
    die: Callable[[], None]
    made: dict[str, str] = field(default_factory=dict)
    """The name of a file -> the prompt_id of the job that made it."""


@dataclass(slots=True)
class _RunningJob:
    job: Job
    progress: Progress
    executed: list[str] = field(default_factory=list)
    ui: dict[str, dict[str, Any]] = field(default_factory=dict)
    embedded: Graph = field(default_factory=dict)


class Executor:
    def __init__(self, surroundings: Surroundings) -> None:
        self._around: Final = surroundings
        self._cache: Final = Cache(self._fingerprint)
        self._interrupt_asked = False
        self.free_asked = False
        """The cache goes before the next job."""

    def interrupt(self) -> None:
        """Stops whatever runs at its next tick or before its next node; means nothing to a later job."""
        self._interrupt_asked = True
        self._around.interrupts.append(time.monotonic())

    async def run(self) -> None:
        while True:
            await self._execute(await self._around.queue.take())

    async def _execute(self, job: Job) -> None:
        self._interrupt_asked = False
        if self.free_asked:
            self._cache.clear()
            self.free_asked = False
        self._around.began(job.prompt_id)
        progress = Progress(job, self._around.sockets, self._around.version, self._around.preview_size)
        running = _RunningJob(job, progress, embedded=self._embedded(job.graph))
        progress.message("execution_start")
        progress.message("execution_cached", nodes=self._cache.begin(job.graph))
        success = await self._run_nodes(running)
        self._around.sockets.executing = None
        # The real server writes the history a moment after it has said that all went well.
        await asyncio.sleep(self._around.faults.history_delay)
        self._around.queue.finish(job, _history_entry(running, success=success))
        self._around.ended(job.prompt_id)
        progress.executing(None)

    async def _run_nodes(self, running: _RunningJob) -> bool:
        job = running.job
        order = NodeOrder(
            job.graph,
            job.outputs,
            is_output=lambda node_id: self._around.catalogue.is_output(job.graph[node_id]["class_type"]),
            is_cached=lambda node_id: self._cache.get(node_id) is not None,
        )
        while (node_id := order.next()) is not None:
            about = {"node_id": node_id, "node_type": job.graph[node_id]["class_type"]}
            try:
                await self._run_node(running, node_id)
            except Interrupted:
                running.progress.message(
                    "execution_interrupted", broadcast=True, **about, executed=list(running.executed)
                )
                return False
            except NodeFailed as error:
                running.progress.message("execution_error", **about, **self._failure(running, node_id, error.failure))
                return False
            order.done(node_id)
        running.progress.message("execution_success")
        return True

    async def _run_node(self, running: _RunningJob, node_id: str) -> None:
        progress = running.progress
        cached = self._cache.get(node_id)
        if cached is not None:
            # Nothing is made: the file of the run that made it is named again.
            left = self._left(running, node_id, cached.ui)
            progress.executed(node_id, left)
            # Nor does the history name it again, when the job came without a client_id.
            if left is not None and running.job.client_id is not None:
                running.ui[node_id] = left
            progress.finished(node_id)
            return
        progress.started(node_id)
        inputs = self._inputs(running.job.graph[node_id])
        progress.executing(node_id)
        self._burst_out(running.job, node_id)
        self._raise_if_interrupted()
        result = await self._call(running, node_id, inputs)
        if result.ui is not None:
            images = result.ui.get("images", ())
            self._around.made.update(
                (image["filename"], running.job.prompt_id) for image in images if "filename" in image
            )
            running.ui[node_id] = self._left(running, node_id, result.ui)
            progress.executed(node_id, running.ui[node_id])
        self._cache.put(node_id, Cached(result.outputs, result.ui))
        progress.finished(node_id)
        running.executed.append(node_id)

    def _left(self, running: _RunningJob, node_id: str, ui: dict[str, Any] | None) -> Any:  # noqa: ANN401
        """What a node is said to have left."""
        change = self._around.faults.left.get(running.job.graph[node_id]["class_type"])
        return ui if ui is None or change is None else change(ui)

    def _burst_out(self, job: Job, node_id: str) -> None:
        for outburst in self._around.faults.outbursts:
            if outburst.during == job.graph[node_id]["class_type"] and outburst.words in json.dumps(job.graph):
                self._around.sockets.post_frames(outburst.frames(job.prompt_id, node_id), job.client_id)

    async def _call(self, running: _RunningJob, node_id: str, inputs: dict[str, Any]) -> Result:
        class_type = running.job.graph[node_id]["class_type"]
        faults = self._around.faults
        while faults.hang_in == class_type:  # noqa: ASYNC110 -- a switch is an attribute, set by anybody
            await asyncio.sleep(_HANG_POLL)
        if class_type in faults.fail:
            raise NodeFailed(faults.fail[class_type])
        missing = self._around.catalogue.missing_model(inputs)
        if missing is not None:
            message = f"Model in folder '{missing[0]}' with filename '{missing[1]}' not found.\n"
            raise NodeFailed(Failure("FileNotFoundError", message))
        is_sampler = latent_nodes.is_sampler(class_type)
        loop = asyncio.get_running_loop()
        due = loop.time()

        async def tick(value: int, maximum: int, frame: Frame | None = None) -> None:
            nonlocal due
            if self._around.steps_per_second is not None:
                due += 1 / self._around.steps_per_second
                await asyncio.sleep(due - loop.time())
            self._raise_if_interrupted()
            if is_sampler:
                await self._live_or_die()
                frame = frame if running.progress.previews else None
            await running.progress.tick(node_id, value, maximum, frame)
            # Somebody else has to get a word in even when nothing is rendered.
            await asyncio.sleep(0)

        call = Call(
            inputs=inputs,
            graph=running.embedded,
            extra_pnginfo=running.job.extra_data.get("extra_pnginfo") or {},
            storage=self._around.storage,
            version=self._around.version,
            preview_size=self._around.preview_size,
            tick=tick,
        )
        try:
            return await self._around.runs[class_type](call)
        except (Interrupted, NodeFailed):
            raise
        except Exception as error:
            # As the real one does with whatever a node throws.
            raise NodeFailed(Failure(type(error).__qualname__, f"{error}\n")) from error

    def _inputs(self, node: dict[str, Any]) -> dict[str, Any]:
        inputs = dict(node["inputs"])
        for name, value in inputs.items():
            if is_link(value):
                # A node that has just run is in the cache like one that need not.
                source = self._cache.get(value[0])
                inputs[name] = source.outputs[value[1]] if source else None
        return inputs

    def _failure(self, running: _RunningJob, node_id: str, failure: Failure) -> dict[str, Any]:
        inputs = running.job.graph[node_id]["inputs"]
        return {
            "executed": list(running.executed),
            "exception_message": failure.exception_message,
            "exception_type": failure.exception_type,
            "traceback": list(failure.traceback),
            "current_inputs": {name: [str(value) if is_link(value) else value] for name, value in inputs.items()},
            "current_outputs": list(running.job.graph),
        }

    def _raise_if_interrupted(self) -> None:
        if self._interrupt_asked:
            self._interrupt_asked = False
            raise Interrupted

    async def _live_or_die(self) -> None:
        left = self._around.faults.die_after_steps
        if left is None:
            return
        if left > 0:
            self._around.faults.die_after_steps = left - 1
            return
        self._around.faults.die_after_steps = None
        self._around.die()
        await asyncio.Event().wait()

    def _fingerprint(self, node: dict[str, Any]) -> str | None:
        """What else, beside its inputs, decides whether a node has to run again."""
        if node["class_type"] == "SaveImageWebsocket":
            return uuid.uuid4().hex
        if node["class_type"] not in {"LoadImage", "LoadImageMask"}:
            return None
        try:
            content = self._around.storage.annotated(str(node["inputs"].get("image"))).read_bytes()
        except (OSError, web.HTTPException):
            return uuid.uuid4().hex
        return hashlib.sha256(content).hexdigest()

    def _embedded(self, graph: Graph) -> Graph:
        """The graph as it ends up in PNGs: the real server leaves its fingerprints there."""
        embedded = copy.deepcopy(graph)
        for node in embedded.values():
            fingerprint = self._fingerprint(node)
            if fingerprint is not None:
                node["is_changed"] = [fingerprint]
        return embedded


def _history_entry(running: _RunningJob, *, success: bool) -> dict[str, Any]:
    return {
        "prompt": running.job.row(),
        "outputs": running.ui,
        "status": {
            "status_str": "success" if success else "error",
            "completed": success,
            "messages": running.progress.messages,
        },
        "meta": {
            node_id: {
                "node_id": node_id,
                "display_node": node_id,
                "parent_node": None,
                "real_node_id": node_id,
            }
            for node_id in running.ui
        },
    }
