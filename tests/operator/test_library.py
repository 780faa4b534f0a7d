"""A ComfyUI as a library: two lines from a graph to its images."""

import asyncio
import io

import pytest
from PIL import Image

from bot import comfyui
from bot.errors import NodeFailed, NoOutput, Rejected, Unreachable
from bot.workflows import Graph
from tests.comfyui_server import ComfyUIStandIn, Failure
from tests.comfyui_server.graphs import txt2img
from tests.real_comfyui import RealComfyUI
from tests.waiting import until


def plain(color: int, batch: int = 1, saver: str = "SaveImage") -> Graph:
    inputs: dict[str, object] = {"images": ["1", 0]} | ({"filename_prefix": "plain"} if saver == "SaveImage" else {})
    return {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 32, "height": 16, "batch_size": batch, "color": color}},
        "2": {"class_type": saver, "inputs": inputs},
    }


def colors(pictures: list[bytes]) -> list[object]:
    found: list[object] = []
    for picture in pictures:
        with Image.open(io.BytesIO(picture)) as opened:
            found.append(opened.convert("RGB").getpixel((3, 3)))
    return found


@pytest.mark.parametrize("saver", ["SaveImage", "PreviewImage", "SaveImageWebsocket"])
async def test_two_lines(saver: str, comfyui_url: str) -> None:
    async with comfyui.connect(comfyui_url) as server:
        pictures = await server.generate(plain(0xFF0000, batch=2, saver=saver))
    assert colors(pictures) == [(255, 0, 0)] * 2


async def test_several_at_once_are_kept_apart(comfyui_url: str) -> None:
    async with comfyui.connect(f"{comfyui_url}/") as server:
        made = await asyncio.gather(*(server.generate(plain(color)) for color in (0xFF0000, 0x00FF00, 0x0000FF)))
    assert [colors(one) for one in made] == [[(255, 0, 0)], [(0, 255, 0)], [(0, 0, 255)]]


async def test_a_listener_hears_of_the_progress(stand_in: ComfyUIStandIn) -> None:
    graph = txt2img(steps=6)
    progress = comfyui.Progress(graph)
    async with comfyui.connect(stand_in.url) as server:
        seen: list[comfyui.Snapshot] = []
        await server.generate(graph, lambda event: seen.append(progress.apply(event)))
    assert (seen[-1].fraction, {one.step for one in seen if one.steps}) == (1.0, set(range(1, 7)))


async def test_errors_are_those_of_the_tree(stand_in: ComfyUIStandIn) -> None:
    async with comfyui.connect(stand_in.url) as server:
        with pytest.raises(Rejected):
            await server.generate({"1": {"class_type": "NoSuchNode", "inputs": {}}})
        stand_in.faults.fail = {"EmptyImage": Failure("RuntimeError", "no paint")}
        with pytest.raises(NodeFailed, match="no paint"):
            await server.generate(plain(1))
    with pytest.raises(Unreachable):
        async with comfyui.connect("http://127.0.0.1:9"):
            pass


async def test_an_answer_that_was_lost_costs_nothing(stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.lost_replies = 1
    async with comfyui.connect(stand_in.url) as server:
        assert len(await server.generate(plain(5))) == 1
    assert len(stand_in.executed) == 1


async def test_who_cancels_takes_his_prompt_back() -> None:
    async with ComfyUIStandIn(steps_per_second=10) as stand_in, comfyui.connect(stand_in.url) as server:
        generating = [asyncio.create_task(server.generate(txt2img(seed=seed, steps=8))) for seed in (1, 2, 3)]
        await until(lambda: len(stand_in.submitted) == 3 and len(stand_in.executed) == 1)
        running, waiting, kept = [one["prompt_id"] for one in stand_in.submitted]
        by_id = dict(zip((running, waiting, kept), generating, strict=True))
        for one in generating:
            if one is not by_id[kept]:
                one.cancel()
        await asyncio.wait(generating[:2])
        assert all(one.cancelled() for one in generating[:2])
        assert len(await generating[2]) == 1
        assert stand_in.executed == [running, kept]


async def test_a_real_one_that_makes_no_picture(real_comfyui: RealComfyUI) -> None:
    graph: Graph = {
        "1": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
        "2": {"class_type": "SaveLatent", "inputs": {"samples": ["1", 0], "filename_prefix": "none"}},
    }
    async with comfyui.connect(real_comfyui.url) as server:
        with pytest.raises(NoOutput):
            await server.generate(graph)
