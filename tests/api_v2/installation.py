"""`comfy-api-proxy`, with a key, in front of a ComfyUI and behind the gate."""

import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from comfy_api_proxy.app import make_app
from comfy_api_proxy.auth import make_bearer_auth_middleware

from tests.api_v2.gate import TOKEN, Gate


@dataclass(frozen=True, slots=True)
class Installation:
    """`environment` is what an operator writes to use it."""

    gate: Gate

    @property
    def environment(self) -> Mapping[str, str]:
        return {"COMFYUI_URLS": f"comfyapi+{self.gate.url}", "COMFY_API_KEY": TOKEN}


@asynccontextmanager
async def installation(comfyui_url: str, state: Path | None = None) -> AsyncIterator[Installation]:
    """Fails at its end if any body was not as the contract says."""
    app = make_app(comfyui_url, state_dir=state, middlewares=[make_bearer_auth_middleware(TOKEN)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        # The proxy holds each upload in memory, and aiohttp warns about it.
        warnings.filterwarnings("ignore", "Sending a large body", ResourceWarning)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        async with Gate(f"http://127.0.0.1:{runner.addresses[0][1]}") as gate:
            yield Installation(gate)
            assert not gate.problems, gate.problems
    finally:
        await runner.cleanup()
