"""All metrics. Their names and units follow Prometheus's conventions."""

import asyncio
from collections import deque
from typing import Final

import aiohttp
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from bot.ledger import Job, Ledger
from bot.monitoring.spending import Spending

_SECONDS: Final = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600)
_LAG_SECONDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_LAG_EVERY_SECONDS: Final = 0.05
"""A stall is measured short by at most this much. Each measurement costs a few microseconds."""
_SILENCE_SECONDS: Final = 60.0
"""How far back the longest stall is reported: one usual scrape interval, so that no scrape misses a stall."""
_RATE_LIMITED: Final = 429


class Metrics:
    """The metrics of one process. Other parts report to it; `ended` must be called with each job that ends."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ["state", "workflow"]
        self._ended = Counter("darkroom_jobs_ended", "Jobs that have ended", labels, registry=self.registry)
        self._active = Gauge("darkroom_jobs_active", "Jobs that are waiting or running", labels, registry=self.registry)
        self._waited = Histogram(
            "darkroom_job_wait_seconds",
            "From a job's request to its start on a ComfyUI server",
            ["workflow"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._ran = Histogram(
            "darkroom_job_run_seconds",
            "From a job's start on a ComfyUI server to its end",
            ["workflow"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._server_up = Gauge(
            "darkroom_server_up", "Whether a ComfyUI server answers its worker", ["server"], registry=self.registry
        )
        self._foreign = Gauge(
            "darkroom_server_foreign_prompts",
            "Prompts running or waiting on a ComfyUI server that were not sent by the bot",
            ["server"],
            registry=self.registry,
        )
        self._requests = Counter(
            "darkroom_discord_requests", "Requests to Discord", ["method", "status"], registry=self.registry
        )
        self._edits = Counter("darkroom_message_edits", "Edits of jobs' messages on Discord", registry=self.registry)
        self._limited = Counter(
            "darkroom_rate_limited", "Requests that Discord rate-limited (429)", registry=self.registry
        )
        self._sockets = Counter(
            "darkroom_websocket_connects",
            "Websockets opened to a ComfyUI server, reconnects included",
            ["server"],
            registry=self.registry,
        )
        self._comfyui_waited = Counter(
            "darkroom_comfyui_requests_waited",
            "Requests to ComfyUI servers that waited for a free connection",
            registry=self.registry,
        )
        self._lag = Histogram(
            "darkroom_event_loop_lag_seconds",
            "How late the event loop runs what is due",
            buckets=_LAG_SECONDS,
            registry=self.registry,
        )
        self._spending = Spending(self.registry)
        self._silences: deque[tuple[float, float]] = deque()
        """Each measurement: the time by the event loop's clock, and how late the loop was, both in seconds."""
        silence = Gauge(
            "darkroom_event_loop_longest_silence_seconds",
            "The longest delay of the event loop in the last minute",
            registry=self.registry,
        )
        silence.set_function(lambda: max((late for _, late in self._silences), default=0.0))

    def ended(self, job: Job) -> None:
        """Count a job that has ended."""
        self._ended.labels(job.state.value, job.workflow).inc()
        # Claimed is not begun: it may have waited on its server behind prompts of others.
        if (began_at := job.begun_at or job.started_at) is not None:
            self._waited.labels(job.workflow).observe(max(0.0, began_at - job.created_at))
            if job.finished_at is not None:
                self._ran.labels(job.workflow).observe(max(0.0, job.finished_at - began_at))

    async def refresh(self, ledger: Ledger) -> None:
        """Read the gauges, which show a current state, from the database again. Raises `LedgerAway`."""
        active = await ledger.active_by_workflow()
        servers = await ledger.servers.known()
        self._active.clear()
        for (state, workflow), number in active.items():
            self._active.labels(state, workflow).set(number)
        self._server_up.clear()
        self._foreign.clear()
        for server in servers:
            self._server_up.labels(server.url).set(server.answering)
            self._foreign.labels(server.url).set(server.foreign)
        self._spending.show(await ledger.spending.month())

    def request_waited(self) -> None:
        """Count a request to a ComfyUI server that has to wait for a free connection."""
        self._comfyui_waited.inc()

    def discord_trace(self) -> aiohttp.TraceConfig:
        """For the Discord client: counts its requests, and how often Discord limits their rate."""
        trace = aiohttp.TraceConfig()

        async def count(_: object, __: object, end: aiohttp.TraceRequestEndParams) -> None:
            self._requests.labels(end.method, str(end.response.status)).inc()
            if end.response.status == _RATE_LIMITED:
                self._limited.inc()
            elif end.method == "PATCH" and "/messages/" in end.url.path:
                self._edits.inc()

        trace.on_request_end.append(count)
        return trace

    def comfyui_trace(self) -> aiohttp.TraceConfig:
        """For the HTTP session of the ComfyUI servers: counts the websockets that are opened."""
        trace = aiohttp.TraceConfig()

        async def count(_: object, __: object, end: aiohttp.TraceRequestEndParams) -> None:
            if end.url.path.endswith("/ws"):
                self._sockets.labels(end.url.authority).inc()

        trace.on_request_end.append(count)
        return trace

    async def watch_the_loop(self) -> None:
        """Measure without end how late the event loop is."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + _LAG_EVERY_SECONDS
            await asyncio.sleep(_LAG_EVERY_SECONDS)
            late = max(0.0, (now := clock()) - due)
            self._lag.observe(late)
            self._silences.append((now, late))
            while self._silences[0][0] < now - _SILENCE_SECONDS:
                self._silences.popleft()
