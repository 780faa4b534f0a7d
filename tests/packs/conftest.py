"""A bench at each server that the packs run on."""

from collections.abc import AsyncIterator

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.packs.running import Bench, bench
from tests.real_comfyui import RealComfyUI


@pytest.fixture
async def at_stand_in(stand_in: ComfyUIStandIn) -> AsyncIterator[Bench]:
    async with bench(stand_in.url) as at:
        yield at


@pytest.fixture
async def at_real(real_comfyui: RealComfyUI) -> AsyncIterator[Bench]:
    async with bench(real_comfyui.url) as at:
        yield at


@pytest.fixture(params=["stand-in", pytest.param("real", marks=pytest.mark.real)])
def at(request: pytest.FixtureRequest) -> Bench:
    """Both in turn: what a pack does on one it does on the other."""
    wanted: Bench = request.getfixturevalue("at_stand_in" if request.param == "stand-in" else "at_real")
    return wanted
