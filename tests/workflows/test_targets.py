"""What a manifest's target means, and how a target is written."""

import pytest

from bot.workflows import Graph
from bot.workflows.graphs.graph import Node
from bot.workflows.graphs.parameters import Target
from bot.workflows.manifests.targets import Names, NoTarget, resolve, written


def node(class_type: str, title: str, **inputs: object) -> Node:
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": title}}


GRAPH: Graph = {
    "1": node("KSampler", "first", seed=1, steps=20),
    "2": node("KSampler", "second", seed=2, steps=["1", 0]),
    "3": node("Other", "1", seed=3, **{"a.b": 4}),
    "4": node("Other", "x except y", seed=4),
    "5": node("Other", "class:KSampler", seed=5),
}


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("first.seed", "1"),
        ("2.seed", "2"),
        ("1.seed", "3"),
        ("id:1.seed", "1"),
        ("class:KSampler.seed", "12"),
        ("*.seed", "12345"),
        ("*.seed except class:KSampler", "345"),
        ("*.seed except first, id:5", "234"),
        ("*.steps", "1"),
        ("x except y.seed", "4"),
        ("class:Other.seed except x except y", "35"),
    ],
)
def test_a_target_means_its_nodes(text: str, ids: str) -> None:
    assert "".join(target.node_id for target in resolve(text, GRAPH)) == ids


def test_an_input_may_hold_a_dot() -> None:
    assert resolve("1.a.b", GRAPH) == (Target("3", "a.b"),)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("nobody.seed", "no such node"),
        ("first", "no such node"),
        ("first.cfg", "has no input 'cfg', only seed, steps"),
        ("second.steps", "this input is fed by node 'first'; set it there"),
        ("*.cfg", "no node has an unlinked input 'cfg'"),
        ("*.seed except nobody", "except 'nobody': no such node"),
        ("first.seed except first", "`except` removes everything that it matches"),
    ],
)
def test_what_it_cannot_mean_is_said(text: str, fault: str) -> None:
    with pytest.raises(NoTarget) as raised:
        resolve(text, GRAPH)
    assert fault in str(raised.value)


def test_a_target_is_written_as_it_is_read() -> None:
    for node_id in GRAPH:
        assert resolve(written(GRAPH, Target(node_id, "seed")), GRAPH) == (Target(node_id, "seed"),)
    assert [Names(GRAPH).called(node_id) for node_id in GRAPH] == ["first", "second", "1", "x except y", "5"]
