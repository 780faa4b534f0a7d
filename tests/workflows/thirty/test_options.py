"""Nothing that a person would look for is missing, and nothing that is offered is dead."""

from importlib.resources import files

import pytest

from bot.workflows import Graph, bind
from bot.workflows.graphs.graph import link_source
from bot.workflows.graphs.parameters import Target
from bot.workflows.imports.editor_format import import_graph
from bot.workflows.manifests.manifest_form import compose, proposed, read_pack
from tests.workflows.known import known
from tests.workflows.thirty.expected import EXPECTED

TEMPLATES = files("comfyui_workflow_templates_json") / "templates"
MOST_OPTIONS = 25


def graph_of(name: str) -> Graph:
    return import_graph(name, (TEMPLATES / f"{name}.json").read_bytes(), known())


def test_there_are_thirty_of_them() -> None:
    assert len(EXPECTED) == 30


@pytest.mark.parametrize("name", EXPECTED)
def test_what_a_person_looks_for_is_there_and_alive(name: str) -> None:
    graph = graph_of(name)
    pack = read_pack("sample", graph, compose(proposed("sample", graph, [known()])))
    missing = [option for option in EXPECTED[name] if option not in pack.offered]
    assert not missing, f"missing: {missing}; offered: {list(pack.offered)}"
    assert len(pack.offered) <= MOST_OPTIONS
    reached = running(graph)
    dead = [option for option, one in pack.offered.items() if not {target.node_id for target in one.targets} <= reached]
    assert not dead
    values = {option: "given" for option, one in pack.offered.items() if one.required}
    assert bind(pack, values)


@pytest.mark.parametrize("name", EXPECTED)
def test_one_seed_sets_all(name: str) -> None:
    graph = graph_of(name)
    pack = read_pack("sample", graph, compose(proposed("sample", graph, [known()])))
    seeds = [
        Target(node_id, input_name)
        for node_id in sorted(running(graph))
        for input_name, value in graph[node_id]["inputs"].items()
        if input_name.rpartition(".")[2] in {"seed", "noise_seed"} and isinstance(value, int)
    ]
    assert bool(seeds) == ("seed" in pack.offered)
    assert set(seeds) <= set(pack.offered["seed"].targets if seeds else ())


def running(graph: Graph) -> set[str]:
    """What ComfyUI executes: what its output nodes need, and of a switch the side that it is on."""
    needed = [node_id for node_id, node in graph.items() if known().makes_output(node["class_type"])]
    seen: set[str] = set()
    while needed:
        node_id = needed.pop()
        if node_id in seen:
            continue
        seen.add(node_id)
        inputs = dict(graph[node_id]["inputs"])
        if graph[node_id]["class_type"] == "ComfySwitchNode":
            state = inputs["switch"]
            while isinstance(state, list):
                (state,) = graph[str(state[0])]["inputs"].values()
            inputs.pop("on_false" if state else "on_true", None)
        needed += [source for value in inputs.values() if (source := link_source(value)) is not None]
    return seen
