"""Whether a server can run a pack, and if not, what it lacks. Pure."""

from dataclasses import dataclass
from typing import Final

from bot.workflows.graphs.graph import live_nodes, node_title
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.parameters import Parameter, Target, Value
from bot.workflows.manifests.pack import Pack

MODEL_FILES: Final = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf", ".sft", ".onnx")
"""Endings of model files: only a missing file makes a pack unavailable, any other value is the server's to judge."""


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that a server lacks: a node class, or (with `input_name`) a model file."""

    node_title: str
    class_type: str
    input_name: str | None = None
    value: str | None = None


def missing(pack: Pack, info: ObjectInfo) -> tuple[Missing, ...]:
    """Everything that the server lacks for this pack; empty if it can run it."""
    chosen = {
        target
        for parameter in pack.parameters.values()
        if (parameter.server_choices or parameter.takes_file) and _own(parameter) is None
        for target in parameter.targets
    }
    fixed: dict[Target, object] = {
        target: kept
        for parameter in pack.parameters.values()
        if (kept := _own(parameter)) is not None
        for target in parameter.targets
    }
    live = live_nodes(pack.graph)
    lacks: list[Missing] = []
    for node_id in (node_id for node_id in pack.graph if node_id in live):
        node, title = pack.graph[node_id], node_title(pack.graph, node_id)
        if not info.knows(node["class_type"]):
            lacks.append(Missing(title, node["class_type"]))
            continue
        for input_name, own in node["inputs"].items():
            value = fixed.get(Target(node_id, input_name), own)
            spec = info.input(node["class_type"], input_name) if isinstance(value, str) else None
            if spec is None or spec.choices is None or spec.find(value) is not None:
                continue
            free = Target(node_id, input_name) in chosen
            if (free and not spec.choices and not spec.upload) or (not free and str(value).endswith(MODEL_FILES)):
                lacks.append(Missing(title, node["class_type"], input_name, str(value)))
    return tuple(lacks)


def _own(parameter: Parameter) -> Value | None:
    """What a parameter has where nobody chooses: nothing else is taken in its place."""
    return parameter.default if parameter.fixed is None else parameter.fixed
