"""Where a drawn input gets its value from: what the editor resolves before anything runs."""

import copy
import json
from typing import Any

import pytest

from bot.discord_ui.workflows.upload import examine
from bot.errors import PackError
from bot.workflows.graphs.graph import Node
from bot.workflows.imports.editor_format import import_graph, unfit
from tests.administering.drawings import BYPASSED, MUTED, Drawing, drawing, find, node, with_subgraph
from tests.workflows.known import known

SAMPLER_INPUTS = [
    ("model", "MODEL", None),
    ("positive", "CONDITIONING", None),
    ("negative", "CONDITIONING", None),
    ("latent_image", "LATENT", None),
]


def graph_of(drawn: Drawing) -> dict[str, Node]:
    return import_graph("drawn", json.dumps(drawn), known())


def between(drawn: Drawing, link_id: int, made: Drawing, first: int = 0) -> Drawing:
    """Put a node into a link: `made` takes what came there at its input `first`, and hands on what it puts out."""
    drawn = copy.deepcopy(drawn)
    link = next(one for one in drawn["links"] if one[0] == link_id)
    new, target, slot = 900 + link_id, link[3], link[4]
    drawn["links"].append([new, made["id"], 0, target, slot, link[5]])
    link[3], link[4] = made["id"], first
    inputs = find(drawn, target)["inputs"]
    next(one for one in inputs if one["link"] == link_id)["link"] = new
    made["inputs"][first]["link"] = link_id
    made["outputs"][0]["links"] = [new]
    drawn["nodes"].append(made)
    return drawn


@pytest.mark.parametrize("kind", ["*", "COMFY_MATCHTYPE_V3", "IMAGE,LATENT"])
def test_a_bypassed_node_passes_on_what_comes_in(kind: str) -> None:
    made = node(50, "Any Switch (some extension)", [("value", kind, None)], ((kind, []),), mode=BYPASSED)
    graph = graph_of(between(drawing(), 2, made))
    assert graph["3"]["inputs"]["latent_image"] == ["5", 0]
    assert "50" not in graph


def test_what_no_input_fits_is_not_passed_on() -> None:
    made = node(50, "Odd (some extension)", [("value", "AUDIO", None)], (("LATENT", []),), mode=BYPASSED)
    graph = graph_of(between(drawing(), 2, made))
    assert "latent_image" not in graph["3"]["inputs"]


def test_reroutes_of_any_pack_lead_on() -> None:
    drawn = drawing()
    for number in range(60, 70):
        made = node(number, "Reroute (rgthree)" if number % 2 else "Reroute", [("", "*", None)], (("*", []),))
        drawn = between(drawn, 2, made)
    assert graph_of(drawn)["3"]["inputs"]["latent_image"] == ["5", 0]


@pytest.mark.parametrize(("setter", "getter"), [("SetNode", "GetNode"), ("easy setNode", "easy getNode")])
def test_set_and_get_nodes_are_one_link(setter: str, getter: str) -> None:
    drawn = drawing()
    made = node(50, setter, [("LATENT", "LATENT", 90)], (("*", []),), ["latent"])
    got = node(51, getter, (), (("LATENT", [2]),), ["latent"])
    drawn["nodes"] += [made, got]
    drawn["links"] = [one for one in drawn["links"] if one[0] != 2]
    drawn["links"] += [[90, 5, 0, 50, 0, "LATENT"], [2, 51, 0, 3, 3, "LATENT"]]
    graph = graph_of(drawn)
    assert graph["3"]["inputs"]["latent_image"] == ["5", 0]
    assert not {"50", "51"} & graph.keys()


def test_a_widget_that_a_muted_node_feeds_keeps_its_value() -> None:
    drawn = drawing()
    find(drawn, 12)["mode"] = MUTED
    assert graph_of(drawn)["3"]["inputs"]["steps"] == 20


def test_links_that_are_missing_or_no_links_connect_nothing() -> None:
    drawn = drawing()
    find(drawn, 3)["inputs"][3]["link"] = 4711
    drawn["links"] += [["x", 1, 1, 1, 1, 1], [1], None, {"id": 77}]
    graph = graph_of(drawn)
    assert "latent_image" not in graph["3"]["inputs"]
    assert unfit(graph, known()) == ("“KSampler” (KSampler): nothing is connected to latent_image",)


def test_links_that_lead_in_circles_end() -> None:
    drawn = drawing()
    drawn["nodes"] += [
        node(50, "Reroute", [("", "*", 91)], (("*", [90, 2]),)),
        node(51, "Reroute", [("", "*", 90)], (("*", [91]),)),
    ]
    drawn["links"] = [one for one in drawn["links"] if one[0] != 2]
    drawn["links"] += [[90, 50, 0, 51, 0, "*"], [91, 51, 0, 50, 0, "*"], [2, 50, 0, 3, 3, "LATENT"]]
    assert "latent_image" not in graph_of(drawn)["3"]["inputs"]


def test_a_subgraphs_widget_reaches_an_input_that_is_none() -> None:
    drawn = with_subgraph()
    definition: dict[str, Any] = drawn["definitions"]["subgraphs"][0]
    definition["nodes"].append(node(2, "PreviewAny", [("source", "*", 9)]))
    definition["links"].append(
        {"id": 9, "origin_id": -10, "origin_slot": 1, "target_id": 2, "target_slot": 0, "type": "*"}
    )
    assert graph_of(drawn)["6:2"]["inputs"]["source"] == "a fox in a subgraph"
    # Newer editors keep no value beside the node: they show the one inside.
    find(drawn, 6)["widgets_values"] = []
    assert graph_of(drawn)["6:2"]["inputs"]["source"] == "stale"


def test_a_subgraph_in_a_subgraph_gets_what_the_outer_one_holds() -> None:
    drawn = with_subgraph()
    inner = drawn["definitions"]["subgraphs"][0]
    outer = copy.deepcopy(inner)
    outer["id"] = "outer"
    instance = {**outer["nodes"][0], "type": inner["id"], "widgets_values": ["also stale"]}
    outer["nodes"] = [instance]
    drawn["definitions"]["subgraphs"].append(outer)
    find(drawn, 6)["type"] = "outer"
    graph = graph_of(drawn)
    assert graph["6:1:1"]["inputs"] == {"text": "a fox in a subgraph", "clip": ["4", 1]}
    assert graph["3"]["inputs"]["positive"] == ["6:1:1", 0]


def test_an_unknown_node_that_feeds_nothing_does_no_harm() -> None:
    drawn = drawing()
    drawn["nodes"].append(node(50, "Odd (some extension)", (), (("LATENT", [90]),)))
    drawn["nodes"].append(node(51, "LatentUpscaleBy", [("samples", "LATENT", 90)], (("LATENT", []),)))
    drawn["links"].append([90, 50, 0, 51, 0, "LATENT"])
    graph, _ = examine("drawn", json.dumps(drawn).encode(), [known()], ())
    assert not {"50", "51"} & graph.keys()
    find(drawn, 3)["inputs"][3]["link"] = 90
    with pytest.raises(PackError) as caught:
        examine("drawn", json.dumps(drawn).encode(), [known()], ())
    assert caught.value.faults[0] == "the ComfyUI server does not have the node Odd (some extension)"


def test_a_group_node_of_old_is_what_is_in_it() -> None:
    drawn = drawing()
    encoders = [
        {**node(0, "CLIPTextEncode", [("clip", "CLIP", None)], (("CONDITIONING", []),), ["a"]), "index": 0},
        {**node(1, "KSampler", SAMPLER_INPUTS, (("LATENT", []),), [1, "fixed", 9, 7.0, "euler", "normal", 1.0])},
    ]
    drawn["extra"]["groupNodes"] = {
        "Draw": {
            "nodes": encoders,
            "links": [[0, 0, 1, 1, 6, "CONDITIONING"], [None, 0, 1, 0, 4, "MODEL"]],
            "external": [],
        }
    }
    drawn["nodes"] = [one for one in drawn["nodes"] if one["id"] not in {3, 6, 10, 12}]
    drawn["nodes"].append(
        node(
            3,
            "workflow>Draw",
            [
                ("clip", "CLIP", 3),
                ("model", "MODEL", 16),
                ("negative", "CONDITIONING", 6),
                ("latent_image", "LATENT", 2),
            ],
            (("LATENT", [7]),),
            ["a fox in a group", 42, "randomize", 3, 7.0, "euler", "normal", 1.0],
        )
    )
    graph = graph_of(drawn)
    assert graph["3:0"]["inputs"] == {"text": "a fox in a group", "clip": ["4", 1]}
    assert graph["3:1"]["inputs"] == {
        "seed": 42,
        "steps": 3,
        "cfg": 7.0,
        "sampler_name": "euler",
        "scheduler": "normal",
        "denoise": 1.0,
        "model": ["4", 0],
        "positive": ["3:0", 0],
        "negative": ["7", 0],
        "latent_image": ["5", 0],
    }
    assert graph["8"]["inputs"]["samples"] == ["3:1", 0]
    assert unfit(graph, known()) == ()


@pytest.mark.parametrize(
    "groups", [5, {"Draw": 5}, {"Draw": {"nodes": 5, "links": [5, [1]], "external": [5]}}, {"Draw": {}}]
)
def test_odd_group_nodes_do_no_harm(groups: object) -> None:
    drawn = drawing()
    drawn["extra"]["groupNodes"] = groups
    assert graph_of(drawn) == graph_of(drawing())
