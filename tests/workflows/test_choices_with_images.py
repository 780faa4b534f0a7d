"""Nodes that show an image beside each file (ComfyUI-Custom-Scripts): their choices are objects."""

import json
from typing import Any

import pytest

from bot.discord_ui.workflows.upload import examine
from bot.workflows import Graph, ObjectInfo, Pack
from bot.workflows.binding.binding import bind
from bot.workflows.library.availability import missing
from bot.workflows.manifests.manifest_form import compose, proposed
from bot.workflows.manifests.pack import make_pack
from tests.administering.drawings import drawing, find
from tests.workflows.drawings import text_to_image
from tests.workflows.known import info_of, recorded

LOADER = "CheckpointLoader|pysssss"
OFFERED = [
    {"content": "SDXL/a.safetensors", "image": None},
    {"content": "b.safetensors", "image": "checkpoints/b.png"},
]
INFO = info_of(
    {
        **recorded(),
        LOADER: {
            "input": {"required": {"ckpt_name": [OFFERED], "prompt": [["[none]"], {}]}},
            "output": ["MODEL", "CLIP", "VAE", "STRING"],
            "output_node": False,
            "python_module": "custom_nodes.ComfyUI-Custom-Scripts",
        },
    }
)


def made(chosen: object, info: ObjectInfo = INFO) -> tuple[Graph, Pack]:
    """As somebody uploads it, with this model."""
    graph = json.loads(json.dumps(text_to_image().graph))
    loader = next(node for node in graph.values() if node["class_type"] == "CheckpointLoaderSimple")
    loader |= {"class_type": LOADER, "inputs": {"ckpt_name": chosen, "prompt": "[none]"}}
    kept, _ = examine("x", json.dumps(graph).encode(), [info], ("*",))
    return kept, make_pack("x", json.dumps(kept), compose(proposed("x", kept, [info])))


def sent(pack: Pack, **values: object) -> object:
    graph = bind(pack, {"prompt": "a fox", **values}, INFO)
    return next(node["inputs"]["ckpt_name"] for node in graph.values() if node["class_type"] == LOADER)


@pytest.mark.parametrize("chosen", ["b.safetensors", OFFERED[1], {"content": "b.safetensors", "image": "other.png"}])
def test_members_choose_by_name_and_the_server_gets_its_own_object(chosen: object) -> None:
    _, pack = made(chosen)
    spec = INFO.input(LOADER, "ckpt_name")
    assert spec is not None
    assert spec.choices == ("SDXL/a.safetensors", "b.safetensors")
    assert missing(pack, INFO) == ()
    assert sent(pack) == OFFERED[1]
    assert sent(pack, checkpoint="SDXL\\a.safetensors") == OFFERED[0]


def test_one_that_is_not_there_is_called_by_its_name() -> None:
    _, pack = made({"content": "gone.safetensors", "image": None})
    (lack,) = missing(pack, INFO)
    assert lack.value == "gone.safetensors"


@pytest.mark.parametrize("name", ["b.safetensors", "gone.safetensors"])
def test_a_drawing_keeps_what_was_chosen(name: str) -> None:
    drawn: dict[str, Any] = drawing()
    loader = find(drawn, 4)
    loader |= {"type": LOADER, "widgets_values": [{"content": name, "image": None}, "[none]"]}
    graph, lost = examine("x", json.dumps(drawn).encode(), [INFO], ("*",))
    (kept,) = (node["inputs"] for node in graph.values() if node["class_type"] == LOADER)
    assert (kept["ckpt_name"], kept["prompt"], lost) == (name, "[none]", ())
