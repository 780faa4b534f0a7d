"""LoRA loaders added to a graph, behind the node that loads the model. Pure: the given graph stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from bot.workflows.graphs.graph import Graph, Node, link_source, live_nodes
from bot.workflows.graphs.object_info import ObjectInfo

LOADER: Final = "LoraLoader"
"""ComfyUI's node that changes a model and its text encoder."""
MODEL_LOADER: Final = "LoraLoaderModelOnly"
"""The one that changes a model alone."""
LORA_INPUT: Final = "lora_name"

Output: TypeAlias = tuple[str, int]
"""One output of a node: the node's id and the output's number."""


@dataclass(frozen=True, slots=True)
class Lora:
    """One LoRA file with its weight, which is 1 for the strength that its author intended."""

    name: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class LoraPlace:
    """Where LoRA loaders go: behind the output that gives a model, and behind its node's text encoder if it has one."""

    model: Output
    clip: Output | None = None

    @property
    def loader(self) -> str:
        """The class of the loaders that fit here."""
        return MODEL_LOADER if self.clip is None else LOADER


def lora_places(graph: Graph, after: Sequence[str] = (), info: ObjectInfo | None = None) -> tuple[LoraPlace, ...]:
    """Where LoRA loaders fit into this graph; empty if the graph doesn't show one clear place.

    Links named `model` lead from each sampler to the node that loads the model. Two such nodes (a base and a refiner,
    or two experts) need LoRAs of their own, so the graph has a place only if `after` names the nodes. `info` is a
    server's word on the outputs: custom loaders call something a model that no LoRA loader accepts.
    """
    models, clips = _origins(graph, "model"), _origins(graph, "clip")
    if after:
        chosen = [one for one in _named_outputs(graph, after, models, info) if _is_model(graph, one, info)]
        return tuple(_place(one, clips) for one in chosen)
    if len(models) != 1:
        return ()
    [model] = models
    return (_place(model, clips),) if _is_model(graph, model, info) else ()


def with_loras(
    graph: Graph, places: Iterable[LoraPlace], loras: Sequence[Lora]
) -> tuple[dict[str, Node], dict[str, Lora]]:
    """A copy of the graph with one loader for each LoRA at each place, and the LoRA of each new node's id.

    The loaders form a chain in the given order; whatever used the model or the text encoder uses the end of the chain.
    """
    result: dict[str, Node] = {node_id: _relinked(node, {}) for node_id, node in graph.items()}
    added: dict[str, Lora] = {}
    for place in places:
        model: Output = place.model
        clip = place.clip
        chain: dict[str, Node] = {}
        for lora in loras:
            node_id = next(_free_ids({*result, *chain}))
            chain[node_id] = _loader(lora, model, clip)
            added[node_id] = lora
            model, clip = (node_id, 0), None if clip is None else (node_id, 1)
        moved = {place.model: model} | ({} if place.clip is None or clip is None else {place.clip: clip})
        result = {node_id: _relinked(node, moved) for node_id, node in result.items()} | chain
    return result, added


def _loader(lora: Lora, model: Output, clip: Output | None) -> Node:
    inputs: dict[str, object] = {LORA_INPUT: lora.name, "strength_model": lora.weight, "model": [*model]}
    if clip is not None:
        inputs |= {"strength_clip": lora.weight, "clip": [*clip]}
    class_type = MODEL_LOADER if clip is None else LOADER
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": "Load LoRA"}}


def _place(model: Output, clips: Iterable[Output]) -> LoraPlace:
    """A text encoder from another node than the model's is left alone: LoRAs for such models rarely change it."""
    return LoraPlace(model, next((clip for clip in clips if clip[0] == model[0]), None))


def _origins(graph: Graph, name: str) -> tuple[Output, ...]:
    """The outputs at which the chains of links with this name begin."""
    live = live_nodes(graph)
    found: dict[Output, None] = {}
    for node_id in (one for one in graph if one in live):
        output = _linked(graph, node_id, name)
        while output is not None:
            behind = _linked(graph, output[0], name)
            if behind is None:
                found[output] = None
            output = behind
    return tuple(found)


def _linked(graph: Graph, node_id: str, name: str) -> Output | None:
    value = graph[node_id]["inputs"].get(name)
    source = link_source(value)
    return (source, value[1]) if source is not None and source in graph and isinstance(value, list) else None


def _named_outputs(
    graph: Graph, after: Sequence[str], origins: Iterable[Output], info: ObjectInfo | None
) -> Iterator[Output]:
    """The output of each of these nodes that gives a model: the one in use, else the first that a server says."""
    used = {origin[0]: origin for origin in origins}
    for node_id in after:
        outputs = () if info is None else info.outputs(graph[node_id]["class_type"])
        yield used.get(node_id, (node_id, outputs.index("MODEL") if "MODEL" in outputs else 0))


def _is_model(graph: Graph, output: Output, info: ObjectInfo | None) -> bool:
    node_id, number = output
    outputs = () if info is None else info.outputs(graph[node_id]["class_type"])
    return not outputs or (number < len(outputs) and outputs[number] == "MODEL")


def _relinked(node: Node, moved: Mapping[Output, Output]) -> Node:
    """A copy of the node, its links moved."""
    copied = node.copy()
    copied["inputs"] = {name: _moved(value, moved) for name, value in node["inputs"].items()}
    return copied


def _moved(value: object, moved: Mapping[Output, Output]) -> object:
    source = link_source(value)
    if source is None or not isinstance(value, list):
        return value
    return [*moved.get((source, value[1]), (source, value[1]))]


def _free_ids(taken: set[str]) -> Iterator[str]:
    number = 1
    while True:
        if f"lora_{number}" not in taken:
            yield f"lora_{number}"
        number += 1
