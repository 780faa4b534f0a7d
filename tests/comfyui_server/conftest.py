"""A raw client for the stand-in; the contract's tests have theirs for the real server as well."""

from collections.abc import AsyncIterator

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.wire import Listener, Wire, wired


@pytest.fixture
async def wire(stand_in: ComfyUIStandIn) -> AsyncIterator[Wire]:
    async with wired(stand_in.url) as wire:
        yield wire


@pytest.fixture
async def listener(wire: Wire) -> AsyncIterator[Listener]:
    async with wire.listen("me") as listener:
        yield listener
