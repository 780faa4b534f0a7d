"""Everything that is counted. Names and units after Prometheus's own conventions."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

import aiohttp
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from bot.ledger import Job, Ledger

_SECONDS: Final = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600)
_LAG_SECONDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_LAG_EVERY_SECONDS: Final = 0.05
"""A silence is seen short by at most this much; a look costs a few microseconds."""
_SILENCE_SECONDS: Final = 60.0
"""How far back the longest silence is told: as far as Prometheus's usual interval, so that no scrape misses one."""
_RATE_LIMITED: Final = 429


class Metrics:
    """One process's figures. What they are about tells them; `ended` is to be called with each job that ends."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ["state", "workflow"]
        self._ended = Counter("darkroom_jobs_ended", "Jobs that came to their end", labels, registry=self.registry)
        self._active = Gauge("darkroom_jobs_active", "Jobs that wait or run", labels, registry=self.registry)
        self._waited = Histogram(
            "darkroom_job_wait_seconds",
            "From the order to the start on a server",
            ["workflow"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._ran = Histogram(
            "darkroom_job_run_seconds",
            "From the start on a server to the end",
            ["workflow"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._server_up = Gauge(
            "darkroom_server_up", "Whether a ComfyUI answers its worker", ["server"], registry=self.registry
        )
        self._requests = Counter(
            "darkroom_discord_requests", "Requests to Discord", ["method", "status"], registry=self.registry
        )
        self._edits = Counter("darkroom_message_edits", "Edits of jobs' messages", registry=self.registry)
        self._limited = Counter(
            "darkroom_rate_limited", "Answers of Discord that said to wait (429)", registry=self.registry
        )
        self._sockets = Counter(
            "darkroom_websocket_connects",
            "Sockets opened to a ComfyUI, again or anew",
            ["server"],
            registry=self.registry,
        )
        self._comfyui_waited = Counter(
            "darkroom_comfyui_requests_waited",
            "Requests to a ComfyUI that waited for a connection",
            registry=self.registry,
        )
        self._lag = Histogram(
            "darkroom_event_loop_lag_seconds",
            "How late the event loop comes to what is due",
            buckets=_LAG_SECONDS,
            registry=self.registry,
        )
        self._silences: deque[tuple[float, float]] = deque()
        """When the event loop came round, by its own clock, and how late that was, in seconds."""
        silence = Gauge(
            "darkroom_event_loop_longest_silence_seconds",
            "How late the event loop was at most in the last minute",
            registry=self.registry,
        )
        silence.set_function(lambda: max((late for _, late in self._silences), default=0.0))

    def ended(self, job: Job) -> None:
        """A job has come to its end."""
        self._ended.labels(job.state.value, job.workflow).inc()
        if job.started_at is not None:
            self._waited.labels(job.workflow).observe(max(0.0, job.started_at - job.created_at))
            if job.finished_at is not None:
                self._ran.labels(job.workflow).observe(max(0.0, job.finished_at - job.started_at))

    async def refresh(self, ledger: Ledger) -> None:
        """Read anew what is a state rather than a count. Raises `LedgerAway`."""
        active = await ledger.active_by_workflow()
        servers = await ledger.servers.known()
        self._active.clear()
        for (state, workflow), number in active.items():
            self._active.labels(state, workflow).set(number)
        self._server_up.clear()
        for server in servers:
            self._server_up.labels(server.url).set(server.answering)

    def request_waited(self) -> None:
        """A request to a ComfyUI has to wait for a connection."""
        self._comfyui_waited.inc()

    def discord_trace(self) -> aiohttp.TraceConfig:
        """To be given to the Discord client: counts what it sends, and how often Discord says to wait."""
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
        """To be given to the session that ComfyUI servers are reached with: counts the sockets."""
        trace = aiohttp.TraceConfig()

        async def count(_: object, __: object, end: aiohttp.TraceRequestEndParams) -> None:
            if end.url.path.endswith("/ws"):
                self._sockets.labels(end.url.authority).inc()

        trace.on_request_end.append(count)
        return trace

    async def watch_the_loop(self) -> None:
        """Measure for ever how late the event loop is."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + _LAG_EVERY_SECONDS
            await asyncio.sleep(_LAG_EVERY_SECONDS)
            late = max(0.0, (now := clock()) - due)
            self._lag.observe(late)
            self._silences.append((now, late))
            while self._silences[0][0] < now - _SILENCE_SECONDS:
                self._silences.popleft()
