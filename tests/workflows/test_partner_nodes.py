"""Which node classes are partner nodes, and what an upload may have of them."""

import json

import pytest

from bot.workflows import Graph, ObjectInfo
from bot.workflows.safety.partners import partner_nodes
from bot.workflows.safety.uploads import forbidden

GRAPH: Graph = {"1": {"class_type": "OpenAIDalle3", "inputs": {}}, "2": {"class_type": "SaveImage", "inputs": {}}}


def told(**entry: object) -> ObjectInfo:
    return ObjectInfo(json.dumps({"OpenAIDalle3": {"input": {}, **entry}, "SaveImage": {"input": {}}}).encode())


@pytest.mark.parametrize(
    "entry",
    [{"api_node": True}, {"python_module": "comfy_api_nodes.nodes_openai"}, {"category": "api node/image/OpenAI"}],
)
def test_a_server_says_what_is_one(entry: dict[str, object]) -> None:
    assert partner_nodes(GRAPH, [told(**entry)]) == ("OpenAIDalle3",)
    assert forbidden(GRAPH, infos=[told(**entry)]) == ("OpenAIDalle3",)
    assert forbidden(GRAPH, infos=[told(**entry)], partners=True) == ()


def test_a_node_of_others_that_costs_money_is_none_and_stays_refused() -> None:
    others = told(python_module="custom_nodes.somebody")
    assert partner_nodes(GRAPH, [others]) == ()
    assert forbidden(GRAPH, infos=[others], partners=True) == ("OpenAIDalle3",)


def test_names_tell_where_no_server_does() -> None:
    graph: Graph = {"1": {"class_type": "KlingImage2VideoNode", "inputs": {}}}
    assert partner_nodes(graph) == partner_nodes(graph, [told()]) == ("KlingImage2VideoNode",)
    # What was checked against a server at its upload is loaded again without one.
    assert forbidden(GRAPH, partners=True) == ()
    assert forbidden(GRAPH) == ("OpenAIDalle3",)
    script: Graph = {"1": {"class_type": "RunPython", "inputs": {}}}
    assert forbidden(script, partners=True) == ("RunPython",)
