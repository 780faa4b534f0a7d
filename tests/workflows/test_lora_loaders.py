"""LoRA loaders arrive behind the model of four kinds of graphs, and nothing else about a graph changes."""

import copy
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from bot.workflows.graphs.graph import Graph, read_graph
from bot.workflows.loras.loader_nodes import Lora, LoraPlace, lora_places, with_loras
from tests.workflows.known import known
from tests.workflows.samples import GRAPH

PACKS = Path(__file__).parents[2] / "workflows"
TWO = (Lora("detail.safetensors", 0.8), Lora("style/film_grain.safetensors", -0.5))


def shipped(name: str) -> Graph:
    return read_graph(name, (PACKS / f"{name}.json").read_text())


def ids_of(graph: Graph, class_type: str) -> list[str]:
    return [node_id for node_id, node in graph.items() if node["class_type"] == class_type]


KINDS = {
    "text_to_image": "CheckpointLoaderSimple",
    "draft_and_refine": "CheckpointLoaderSimple",
    "flux": "UNETLoader",
    "image_to_video": "UNETLoader",
}


@pytest.mark.parametrize("name", KINDS)
def test_two_loras_are_two_loaders_behind_the_model(name: str) -> None:
    graph = shipped(name)
    before = copy.deepcopy(graph)
    [source] = ids_of(graph, KINDS[name])
    places = lora_places(graph, info=known())
    result, added = with_loras(graph, places, TWO)
    first, second = added

    assert graph == before
    assert [added[one] for one in (first, second)] == list(TWO)
    both = KINDS[name] == "CheckpointLoaderSimple"
    assert places == (LoraPlace((source, 0), (source, 1) if both else None),)
    for node_id, lora, behind in ((first, TWO[0], source), (second, TWO[1], first)):
        assert result[node_id]["class_type"] == ("LoraLoader" if both else "LoraLoaderModelOnly")
        clip = {"strength_clip": lora.weight, "clip": [behind, 1]} if both else {}
        expected = {"lora_name": lora.name, "strength_model": lora.weight, "model": [behind, 0]} | clip
        assert result[node_id]["inputs"] == expected
    # Whatever used the loader's model or text encoder uses the last LoRA's; everything else is as it was.
    for node_id, node in before.items():
        for name_of_input, value in node["inputs"].items():
            moved = value in ([[source, 0], [source, 1]] if both else [[source, 0]])
            expected_value = [second, value[1]] if moved and isinstance(value, list) else value
            assert result[node_id]["inputs"][name_of_input] == expected_value
        assert {**result[node_id], "inputs": {}} == {**node, "inputs": {}}


def test_a_graph_without_a_model_has_no_place() -> None:
    assert lora_places(shipped("upscale")) == ()
    assert lora_places(shipped("no_model")) == ()


def with_refiner() -> dict[str, Any]:
    graph = copy.deepcopy(dict(GRAPH))
    graph["9"] = {"class_type": "UNETLoader", "inputs": {"unet_name": "b.safetensors", "weight_dtype": "default"}}
    graph["6"]["inputs"]["model"] = ["9", 0]
    return graph


def test_two_models_need_the_authors_word() -> None:
    graph = with_refiner()

    assert lora_places(graph) == ()
    assert lora_places(graph, ["1"]) == (LoraPlace(("1", 0), ("1", 1)),)
    both = lora_places(graph, ["1", "9"])
    assert both == (LoraPlace(("1", 0), ("1", 1)), LoraPlace(("9", 0)))
    result, added = with_loras(graph, both, TWO)
    assert [one.name for one in added.values()] == [one.name for one in (*TWO, *TWO)]
    assert result["5"]["inputs"]["model"] == ["lora_2", 0]
    assert result["6"]["inputs"]["model"] == ["lora_4", 0]


def test_what_a_server_calls_something_else_takes_no_loras() -> None:
    graph = copy.deepcopy(dict(GRAPH))
    graph["5"]["inputs"]["model"] = graph["6"]["inputs"]["model"] = ["4", 0]  # a latent image

    assert lora_places(graph, info=known()) == ()


def test_new_nodes_never_take_an_id_that_is_in_use() -> None:
    graph = copy.deepcopy(dict(GRAPH))
    graph["lora_1"] = copy.deepcopy(graph["8"])
    result, added = with_loras(graph, lora_places(graph), TWO)

    assert list(added) == ["lora_2", "lora_3"]
    assert result["lora_1"] == graph["lora_1"]


def test_without_loras_nothing_changes() -> None:
    result, added = with_loras(GRAPH, lora_places(GRAPH), ())

    assert json.dumps(result) == json.dumps(GRAPH)
    assert not added


@pytest.mark.parametrize(("name", "count"), [*itertools.product(KINDS, (1, 8))])
def test_what_comes_out_is_a_graph(name: str, count: int) -> None:
    """Links lead to nodes that exist, and form no loop."""
    graph = shipped(name)
    result, _added = with_loras(graph, lora_places(graph), [Lora(f"{one}.safetensors") for one in range(count)])

    assert read_graph(name, json.dumps(result)) == result
