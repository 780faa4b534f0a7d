"""An endpoint of RunPod: its queue, its one worker that sleeps, and its routes."""

import asyncio
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import aiohttp
from aiohttp import web

from tests.runpod_server.worker import Worker

KEY: Final = "canary-rpa-key"
ENDPOINT: Final = "abc123"
_MOST_BODY: Final = 10_000_000
_SHORTEST_MS: Final = {"executionTimeout": 5_000, "ttl": 10_000}
_HOLD_POLL: Final = 0.005
_LONGEST_MS: Final = 7 * 24 * 3_600_000


@dataclass(slots=True)
class Job:
    """One job. `delay` and `took` are seconds."""

    id: str
    input: Mapping[str, Any]
    policy: Mapping[str, int]
    state: str = "IN_QUEUE"
    output: Any = None
    error: str | None = None
    sent_at: float = field(default_factory=time.monotonic)
    began_at: float | None = None
    ended_at: float | None = None

    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = {"id": self.id, "status": self.state}
        if self.began_at is not None:
            told["delayTime"] = round((self.began_at - self.sent_at) * 1000)
        if self.began_at is not None and self.ended_at is not None:
            told["executionTime"] = round((self.ended_at - self.began_at) * 1000)
        if self.output is not None:
            told["output"] = self.output
        return told if self.error is None else {**told, "error": self.error}


@dataclass(slots=True)
class Faults:
    """All off: an endpoint in good health."""

    lost_replies: int = 0
    """This many jobs are accepted while the connection breaks before the answer."""
    answers: dict[str, list[int]] = field(default_factory=dict)
    """Route -> the statuses of its next answers, instead of anything else. 0: the connection breaks."""
    held: str | None = None
    """A route that is done and not answered as long as it stands here."""
    locked: bool = False
    """The key is refused."""
    execution_ms: int | None = None
    """What every finished job says that it took, instead of the truth."""


class RunPodStandIn:
    """`async with RunPodStandIn(comfyui.url) as runpod`: the endpoint of worker-comfyui in front of this ComfyUI.

    Its worker wakes when it was looked at `wakes_after` times since a job came.
    """

    def __init__(self, comfyui: str, wakes_after: int = 3) -> None:
        self._comfyui: Final = comfyui
        self.wakes_after = wakes_after
        self.faults: Final = Faults()
        self.jobs: Final[dict[str, Job]] = {}
        self.accepted: Final[list[str]] = []
        """Ids of all jobs that it ever took."""
        self.began: Final[list[str]] = []
        """Ids of the jobs that cost something."""
        self.asked: Final[list[str]] = []
        self.bucket: Final[dict[str, bytes]] = {}
        self._looks = 0
        self._awake = False
        self._change = asyncio.Event()
        self._running: tuple[Job, asyncio.Task[Any]] | None = None
        self.url = ""
        self.worker: Worker

    def environment(self) -> dict[str, str]:
        """What an operator writes, but for the place of RunPod."""
        return {"COMFYUI_URLS": f"runpod://{ENDPOINT}", "RUNPOD_API_KEY": KEY, "RUNPOD_URL": self.url}

    def fill_bucket(self) -> None:
        """From now on the worker puts its images into a bucket."""
        self.worker.bucket = self._put

    def sleep(self) -> None:
        """The worker was idle for too long."""
        self._awake, self._looks = False, 0

    def wake(self) -> None:
        """The worker is there before any job, as with "active workers"."""
        self._awake = True

    def forget(self) -> None:
        """Half an hour after their end: all that is over is gone."""
        for job in [job for job in self.jobs.values() if job.ended_at is not None]:
            del self.jobs[job.id]

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        self.worker = Worker(self._comfyui, self._session)
        app = web.Application(client_max_size=2 * _MOST_BODY, middlewares=[self._faulty])
        below = f"/v2/{ENDPOINT}"
        app.router.add_routes(
            [
                web.post(f"{below}/run", self._run),
                web.get(f"{below}/status/{{id}}", self._status),
                web.post(f"{below}/cancel/{{id}}", self._cancel),
                web.get(f"{below}/health", self._health),
                web.get("/bucket/{name}", self._from_bucket),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._host = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.url = f"{self._host}/v2"
        self._work = asyncio.create_task(self._work_for_ever())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)
        await self._runner.cleanup()
        await self._session.close()

    @web.middleware
    async def _faulty(self, request: web.Request, handler: Any) -> web.StreamResponse:  # noqa: ANN401 - aiohttp's
        if request.path.startswith("/bucket/"):
            assert "Authorization" not in request.headers, "the key is nobody else's"
            response: web.StreamResponse = await handler(request)
            return response
        route = "/" + request.path.removeprefix(f"/v2/{ENDPOINT}/").partition("/")[0]
        self.asked.append(route)
        if self.faults.locked or request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.Response(status=401)
        if not request.path.startswith(f"/v2/{ENDPOINT}/"):
            return web.Response(status=404)
        if planned := self.faults.answers.get(route):
            if status := planned.pop(0):
                return web.Response(status=status, text=f"{status}: broken on purpose")
            assert request.transport is not None
            request.transport.abort()
        if route in {"/status", "/health"} and any(job.state == "IN_QUEUE" for job in self.jobs.values()):
            self._looks += 1
            self._awake = self._awake or self._looks >= self.wakes_after
            self._change.set()
        answer: web.StreamResponse = await handler(request)
        while self.faults.held == route:  # noqa: ASYNC110 - a switch is set by anybody
            await asyncio.sleep(_HOLD_POLL)
        return answer

    async def _run(self, request: web.Request) -> web.Response:
        raw = await request.read()
        if len(raw) > _MOST_BODY:
            return web.Response(status=413)
        body = json.loads(raw)
        policy = body.get("policy", {})
        if not isinstance(body.get("input"), dict) or not all(
            _SHORTEST_MS[name] <= value <= _LONGEST_MS for name, value in policy.items()
        ):
            return web.json_response({"error": "bad request"}, status=400)
        job = Job(f"{uuid.uuid4()}-u1", body["input"], policy)
        self.jobs[job.id] = job
        self.accepted.append(job.id)
        self._change.set()
        if self.faults.lost_replies:
            self.faults.lost_replies -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"id": job.id, "status": job.state})

    async def _status(self, request: web.Request) -> web.Response:
        job = self.jobs.get(request.match_info["id"])
        if job is None:
            return web.Response(status=404)
        told = job.told()
        if self.faults.execution_ms is not None and "executionTime" in told:
            told["executionTime"] = self.faults.execution_ms
        return web.json_response(told)

    async def _cancel(self, request: web.Request) -> web.Response:
        job = self.jobs.get(request.match_info["id"])
        if job is None:
            return web.Response(status=404)
        if job.ended_at is None:
            job.state, job.ended_at = "CANCELLED", time.monotonic()
            if self._running is not None and self._running[0] is job:
                self._running[1].cancel()
        return web.json_response({"id": job.id, "status": job.state})

    async def _health(self, _: web.Request) -> web.Response:
        states = [job.state for job in self.jobs.values()]
        running = int(self._running is not None)
        return web.json_response(
            {
                "jobs": {
                    "completed": states.count("COMPLETED"),
                    "failed": states.count("FAILED"),
                    "inProgress": states.count("IN_PROGRESS"),
                    "inQueue": states.count("IN_QUEUE"),
                    "retried": 0,
                },
                "workers": {
                    "idle": 1 - running,
                    "initializing": 0,
                    "ready": 1 - running,
                    "running": running,
                    "throttled": 0,
                    "unhealthy": 0,
                },
            }
        )

    async def _work_for_ever(self) -> None:
        while True:
            await self._change.wait()
            self._change.clear()
            while self._awake and (job := self._next()) is not None:
                await self._work_on(job)

    def _next(self) -> Job | None:
        return next((job for job in self.jobs.values() if job.state == "IN_QUEUE"), None)

    async def _work_on(self, job: Job) -> None:
        job.state, job.began_at = "IN_PROGRESS", time.monotonic()
        self.began.append(job.id)
        work = asyncio.create_task(self.worker.handle(job.input))
        self._running = job, work
        try:
            done, _ = await asyncio.wait({work}, timeout=job.policy.get("executionTimeout", 600_000) / 1000)
            if not done:
                job.state = "TIMED_OUT"
            elif not work.cancelled():
                fault = work.exception()
                # As `run_job` does with what a handler raises.
                result = work.result() if fault is None else {"error": json.dumps({"error_message": str(fault)})}
                # As `run_job` of the package `runpod`: `error` is taken out, the rest stays the output.
                job.error = result.pop("error", None)
                job.output = result or None
                job.state = "COMPLETED" if job.error is None else "FAILED"
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            self._running = None
        job.ended_at = job.ended_at or time.monotonic()

    def _put(self, filename: str, content: bytes) -> str:
        name = f"{len(self.bucket)}-{filename}"
        self.bucket[name] = content
        return f"{self._host}/bucket/{name}?X-Amz-Signature=canary-signature"

    async def _from_bucket(self, request: web.Request) -> web.Response:
        content = self.bucket.get(request.match_info["name"])
        return web.Response(status=403) if content is None else web.Response(body=content)
