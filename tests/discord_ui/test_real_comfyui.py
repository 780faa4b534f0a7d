"""The same from end to end on a real ComfyUI: what the stand-in proves is true of what it stands for."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.workflows import Pack
from tests.discord_ui.graphs import library_of, with_inputs, with_small_pictures
from tests.discord_ui.looks import is_cancelled, is_done, is_over, is_running
from tests.discord_ui.stand_ins import pictures_of
from tests.real_comfyui import RealComfyUI
from tests.simcord_world import World

# A real one takes its time on a busy machine.
SECONDS = 120.0
SIDE = 128
STEPS = 4
ENDLESS = 5000


@pytest.fixture
async def world(tmp_path: Path, packs: dict[str, Pack], real_comfyui: RealComfyUI) -> AsyncIterator[World]:
    pack = with_small_pictures(packs["text_to_image"], SIDE)
    short = replace(pack, graph=with_inputs(pack.graph, "3", steps=STEPS))
    endless = replace(pack, name="endless", default=False, graph=with_inputs(pack.graph, "3", steps=ENDLESS))
    both = library_of({"text_to_image": short, "endless": endless})
    async with World.open(tmp_path, both, [real_comfyui.url]) as world:
        yield world


async def test_a_picture_arrives_as_the_server_made_it(world: World, real_comfyui: RealComfyUI) -> None:
    ordered = await world.imagine(world.alice, "a cat")
    done = await ordered.message.until(is_over, SECONDS)
    assert is_done(done)
    (picture,) = done.files.values()
    assert picture in {path.read_bytes() for path in real_comfyui.output.rglob("*.png")}
    assert [picture] == await pictures_of(real_comfyui.url, ordered.id)


async def test_a_job_develops_until_its_owner_cancels_it_and_no_other(world: World) -> None:
    endless = await world.imagine(world.alice, "a cat", workflow="endless")
    somebody_elses = await world.imagine(world.bob, "a dog")
    ready = await world.imagine(world.alice, "another cat")
    running = await endless.message.until(lambda look: is_running(look) and bool(look.files), SECONDS)
    assert "KSampler" in running.content
    assert f"/{ENDLESS}" in running.content
    await world.press(world.alice, endless)
    assert is_cancelled(await endless.message.until(is_over, SECONDS))
    await world.press(world.alice, ready)
    assert is_cancelled(await ready.message.until(is_over, SECONDS))
    assert is_done(await somebody_elses.message.until(is_over, SECONDS))
