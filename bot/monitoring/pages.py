"""`/healthz` and `/metrics` over HTTP."""

import contextlib
import logging
import os
from collections.abc import AsyncIterator

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.errors import LedgerAway, PortTaken
from bot.ledger import Ledger
from bot.monitoring.health import Health
from bot.monitoring.metrics import Metrics

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def serve_pages(host: str, port: int, ledger: Ledger, health: Health, metrics: Metrics) -> AsyncIterator[None]:
    """Serve both within the block. Raises `PortTaken`."""

    async def healthz(_: web.Request) -> web.Response:
        report = await health.report()
        return web.json_response(report.as_json(), status=200 if report.healthy else 503)

    async def figures(_: web.Request) -> web.Response:
        try:
            await metrics.refresh(ledger)
        except LedgerAway as fault:
            log.warning("/metrics shows old figures, because the database cannot be used: %s", fault)
        return web.Response(body=generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/metrics", figures)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as fault:
            raise PortTaken(f"{host}:{port}", os.strerror(fault.errno) if fault.errno else str(fault)) from fault
        log.info("serving health and metrics at http://%s:%d/healthz and /metrics", host, port)
        yield
    finally:
        await runner.cleanup()
