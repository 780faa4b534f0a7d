"""Each option of /imagine changes its own part of the graph that was posted, and nothing else. A workflow without it
says so. On the real ComfyUI, for a checkpoint, for a workflow like FLUX, and for a video.
"""

from pathlib import Path

import pytest
from PIL import Image

from tests.commands.packs import picture
from tests.discord_server import DiscordStandIn, File
from tests.imagine.shapes import UNET
from tests.imagine.studio import DETAIL, GIVEN, GRAIN, HAS, Studio
from tests.people import ALICE
from tests.programs import Program, heard
from tests.real_comfyui import RealComfyUI
from tests.workflows.samples import changes

pytestmark = pytest.mark.real


@pytest.mark.parametrize("workflow", HAS)
async def test_each_option_changes_its_own_part_of_the_graph(studio: Studio, workflow: str) -> None:
    plain = await studio.posted()
    found = {option: changes(plain, await studio.posted(**GIVEN[option])) for option in HAS[workflow]}
    assert found == HAS[workflow]
    every = {name: value for option in HAS[workflow] for name, value in GIVEN[option].items()}
    together = {place: value for one in HAS[workflow].values() for place, value in one.items()}
    assert changes(plain, await studio.posted(**every)) == together


@pytest.mark.parametrize("workflow", HAS)
async def test_what_the_workflow_has_not_is_said_with_what_it_has(studio: Studio, workflow: str) -> None:
    has = HAS[workflow]
    absent = [option for option in GIVEN if option not in has]
    assert absent
    for option in absent:
        said = await studio.told(**GIVEN[option])
        assert f"has no option `{option}`" in said
        assert all(f"`{one}`" in said.partition("It has:")[2] for one in (*has, "prompt", "lora"))
    if workflow != "video":
        image = File("mine.png", picture(Image.new("RGB", (64, 64))))
        assert "doesn’t take an image. These workflows do: **Video" in await studio.told(image=image)
    assert "at most" in await studio.told(count=9) if "count" in has else True


@pytest.mark.parametrize("workflow", HAS)
async def test_two_loras_are_two_loaders_behind_the_model(studio: Studio, workflow: str) -> None:
    plain = await studio.posted()
    graph = await studio.posted(lora="detail:0.8, film grain")
    source, both = ("4", True) if workflow == "paint" else ("1", False)
    added = {node_id: node for node_id, node in graph.items() if node_id not in plain}
    assert list(added) == ["lora_1", "lora_2"]
    for (node_id, node), (name, weight), behind in zip(
        added.items(), ((DETAIL, 0.8), (GRAIN, 1.0)), (source, "lora_1"), strict=True
    ):
        clip = {"strength_clip": weight, "clip": [behind, 1]} if both else {}
        assert node["inputs"] == {"lora_name": name, "strength_model": weight, "model": [behind, 0]} | clip, node_id
        assert node["class_type"] == ("LoraLoader" if both else "LoraLoaderModelOnly")
    rest = {node_id: node for node_id, node in graph.items() if node_id in plain}
    moved = [[source, 0], [source, 1]] if both else [[source, 0]]
    assert changes(plain, rest) == {
        (node_id, name): ["lora_2", value[1]]
        for node_id, node in plain.items()
        for name, value in node["inputs"].items()
        if value in moved
    }


async def test_the_names_are_completed_from_the_server(
    discord: DiscordStandIn, furnished: RealComfyUI, program: Program, folder: Path
) -> None:
    async with program({"COMFYUI_URLS": furnished.url}).ready() as bot:
        await heard(bot.log)

        async def offered(option: str, value: str, workflow: str = "paint") -> list[tuple[str, object]]:
            found = await discord.autocomplete("imagine", option=option, value=value, user=ALICE, workflow=workflow)
            return [(one.name, one.value) for one in found]

        assert await offered("model", "ALT") == [("tiny-alt", "zz/tiny-alt.safetensors")]
        assert await offered("model", "tiny-u", workflow="flux") == [("tiny-unet", UNET)]
        assert await offered("model", "", workflow="video") == []
        assert ("dpmpp_2m", "dpmpp_2m") in await offered("sampler", "2m")
        assert await offered("lora", "grain") == [("film_grain", "film_grain")]
        assert await offered("lora", "detail:0.8, style/") == [("detail:0.8, film_grain",) * 2]
        assert await offered("lora", "gra:0.5") == [("film_grain:0.5",) * 2]
        assert [value for _name, value in await offered("count", "", workflow="flux")] == [1, 2]
        assert (await offered("size", "16:9", workflow="flux"))[0] == ("16:9: 192 x 128", "16:9")
