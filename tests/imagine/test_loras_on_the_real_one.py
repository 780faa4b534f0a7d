"""LoRA loaders that the bot adds to a graph change what the real ComfyUI generates, each in its own way."""

import io
import json

import pytest
from PIL import Image

from bot.workflows import Graph, Lora, pick
from bot.workflows.loras.loader_nodes import lora_places, with_loras
from bot.workflows.manifests.pack import make_pack
from tests.imagine.shapes import CHECKPOINT, CHECKPOINT_MANIFEST, FLUX, FLUX_MANIFEST
from tests.packs.running import bench, mean_difference
from tests.real_comfyui import RealComfyUI

pytestmark = pytest.mark.real

DETAIL, GRAIN = "detail.safetensors", "style/film_grain.safetensors"
CHAINS: dict[str, list[Lora]] = {
    "none": [],
    "one": [Lora(DETAIL)],
    "half": [Lora(DETAIL, 0.5)],
    "other": [Lora(GRAIN)],
    "both": [Lora(DETAIL), Lora(GRAIN)],
    "without effect": [Lora(DETAIL, 0.0)],
}


@pytest.mark.parametrize("shape", ["checkpoint", "flux"])
async def test_each_chain_of_loras_gives_an_image_of_its_own(furnished: RealComfyUI, shape: str) -> None:
    graph, manifest = (CHECKPOINT, CHECKPOINT_MANIFEST) if shape == "checkpoint" else (FLUX, FLUX_MANIFEST)
    pack = make_pack(shape, json.dumps(graph), manifest)
    images: dict[str, Image.Image] = {}
    async with bench(furnished.url) as at:
        info = await at.server.object_info()
        places = lora_places(pack.graph, info=info)
        for name, loras in CHAINS.items():
            changed: Graph
            changed, _added = with_loras(pack.graph, places, loras)
            files = (await at.finished(changed)).files
            (first, *_more) = pick(pack, files)
            images[name] = Image.open(io.BytesIO(await at.server.fetch(first.file)))
    assert mean_difference(images["none"], images["without effect"]) == 0
    different = [name for name in images if name != "without effect"]
    for index, one in enumerate(different):
        for other in different[index + 1 :]:
            assert mean_difference(images[one], images[other]) > 0, (one, other)
