"""A raw client for each of the servers that keep ComfyUI's contract."""

import uuid
from collections.abc import AsyncIterator

import pytest

from tests.comfyui_server.wire import Listener, Wire, wired


@pytest.fixture
async def wire(comfyui_url: str) -> AsyncIterator[Wire]:
    async with wired(comfyui_url) as wire:
        yield wire
        # The real server serves all tests: one that failed must not leave it busy.
        await wire.post("/queue", {"clear": True})
        await wire.post("/interrupt", {})


@pytest.fixture
def client_id() -> str:
    return uuid.uuid4().hex


@pytest.fixture
async def listener(wire: Wire, client_id: str) -> AsyncIterator[Listener]:
    async with wire.listen(client_id) as listener:
        yield listener
