"""What a ComfyUI would say about a graph, told from its `/object_info` alone.

`object_info-0.33.0.json` holds the recorded entries (without their tooltips) of the classes that the shipped packs use:
a new class needs its entry there.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bot.workflows import Graph
from tests.workflows.known import info_of

RAW: Final[Mapping[str, Any]] = json.loads(
    Path(__file__).with_name("object_info-0.33.0.json").read_text(encoding="utf-8")
)
INFO: Final = info_of(RAW)

MODEL_FILES: Final = (".safetensors", ".pth")
DYNAMIC: Final = "COMFY_DYNAMICCOMBO_V3"
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "INT": (int,),
    "FLOAT": (int, float),
    "STRING": (str,),
    "BOOLEAN": (bool,),
}


def problems(graph: Graph, raw: Mapping[str, Any], *, unknown_inputs: bool = True) -> list[str]:
    """Every reason to refuse the graph. Which model files and images a server has is not looked at.

    Older servers leave inputs that they do not know alone: `unknown_inputs=False` does so, too.
    """
    found = []
    for node_id, node in graph.items():
        where = f"{node_id} {node['class_type']}"
        if node["class_type"] not in raw:
            found.append(f"{where}: unknown class")
            continue
        specs = dict(_inputs(raw[node["class_type"]]["input"], node["inputs"]))
        for name, (required, spec) in specs.items():
            if name not in node["inputs"]:
                found += [f"{where}: {name} is missing"] if required else []
            elif (problem := _input(node["inputs"][name], spec, graph, raw)) is not None:
                found.append(f"{where}: {name} {problem}")
        if unknown_inputs:
            found += [f"{where}: {name} is unknown" for name in node["inputs"] if name not in specs]
    return found


def _inputs(
    declared: Mapping[str, Any], given: Mapping[str, object], prefix: str = ""
) -> Iterator[tuple[str, tuple[bool, Sequence[Any]]]]:
    """Name -> required and spec; what is chosen in a dynamic combo brings inputs of its own, with dotted names."""
    for section in ("required", "optional"):
        for name, spec in (declared.get(section) or {}).items():
            yield prefix + name, (section == "required", spec)
            if spec[0] == DYNAMIC:
                for option in spec[1]["options"]:
                    if option["key"] == given.get(prefix + name):
                        yield from _inputs(option["inputs"], given, f"{prefix}{name}.")


def _input(value: object, spec: Sequence[Any], graph: Graph, raw: Mapping[str, Any]) -> str | None:
    kind = spec[0]
    config = spec[1] if len(spec) > 1 else {}
    if isinstance(value, list):
        source, slot = value
        outputs = raw.get(graph[source]["class_type"], {}).get("output", [])
        return None if slot < len(outputs) and outputs[slot] == kind else f"does not take {value}"
    if kind == DYNAMIC:
        return _choice(value, [option["key"] for option in config["options"]])
    if isinstance(kind, list) or kind == "COMBO":
        if config.get("image_upload") or str(value).endswith(MODEL_FILES):
            return None
        return _choice(value, kind if isinstance(kind, list) else config["options"])
    if not isinstance(value, _TYPES.get(kind, ())) or (kind != "BOOLEAN" and isinstance(value, bool)):
        return f"should be {kind}, not {value!r}"
    if isinstance(value, int | float) and not config.get("min", value) <= value <= config.get("max", value):
        return f"is out of range: {value}"
    return None


def _choice(value: object, choices: Sequence[object]) -> str | None:
    return None if value in choices else f"{value!r} is not one of {choices}"
