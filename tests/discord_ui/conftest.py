"""A Discord with the bot and the shipped workflows in it, and a stand-in for ComfyUI that paints for them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.workflows import Pack
from bot.workflows.manifests.pack import load_packs
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_ui.graphs import library_of, with_small_pictures
from tests.simcord_world import World

WORKFLOWS = Path(__file__).parents[2] / "workflows"


@pytest.fixture
def packs() -> dict[str, Pack]:
    """Those that ship and make pictures from words alone, small."""
    shipped, faults = load_packs(WORKFLOWS)
    assert not faults
    return {name: with_small_pictures(shipped[name], 64) for name in ("draft_and_refine", "text_to_image")}


@pytest.fixture
async def stand_in(request: pytest.FixtureRequest) -> AsyncIterator[ComfyUIStandIn]:
    """As fast as it can, unless the test says otherwise (`painting_at`)."""
    async with ComfyUIStandIn(steps_per_second=getattr(request, "param", None)) as stand_in:
        yield stand_in


@pytest.fixture
async def world(tmp_path: Path, packs: dict[str, Pack], stand_in: ComfyUIStandIn) -> AsyncIterator[World]:
    async with World.open(tmp_path, library_of(packs), [stand_in.url]) as world:
        yield world
