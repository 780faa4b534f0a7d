"""A visitor of the demo's page, and the ComfyUI behind it: the fixtures of the tests that use everything there is."""

from collections.abc import AsyncIterator

import pytest

from tests.comfyui_server import FULL_PREVIEW, ComfyUIStandIn
from tests.demo.browser import page_at
from tests.demo.program import demo
from tests.demo.visitor import LONG, Visitor


@pytest.fixture
async def comfyui() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn(preview_size=FULL_PREVIEW) as comfyui:
        yield comfyui


@pytest.fixture
async def visitor(comfyui: ComfyUIStandIn) -> AsyncIterator[Visitor]:
    async with demo(comfyui=comfyui.url) as address, page_at(address) as page:
        page.set_default_timeout(LONG)
        yield Visitor(page)
