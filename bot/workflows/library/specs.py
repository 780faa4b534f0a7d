"""A parameter's type, range and choices as a live server's `/object_info` has them. Pure.

What the author of the manifest wrote comes first, within the limits of the inputs that the parameter sets. The inputs
decide the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.workflows.graphs.graph import Graph
from bot.workflows.graphs.object_info import InputSpec, ObjectInfo
from bot.workflows.graphs.parameters import MAX_SEED, Parameter, ParameterType

_TYPES: Final[dict[str, ParameterType]] = {
    "INT": "integer",
    "FLOAT": "number",
    "STRING": "string",
    "BOOLEAN": "boolean",
    "COMBO": "string",
}


def sharpen(parameter: Parameter, graph: Graph, info: ObjectInfo) -> Parameter:
    """The parameter with what a server knows about its targets filled in where the author left it open."""
    specs = specs_of(parameter, graph, info)
    if not specs or parameter.template is not None or parameter.takes_file:
        return parameter
    if specs[0].file_kind is not None:
        return replace(parameter, type=specs[0].file_kind)
    # Where a whole number and a fraction are one parameter, only a whole one fits both.
    first = next((spec for spec in specs if spec.type == "INT"), specs[0])
    type_ = _TYPES.get(first.type, parameter.type)
    if type_ in {"integer", "number"}:
        return replace(
            parameter,
            type=type_ if parameter.type in {"integer", "number"} else parameter.type,
            min=max(_known([parameter.min, *(spec.min for spec in specs)]), default=None),
            max=min(_known([parameter.max, *(_limit(spec.max) for spec in specs)]), default=None),
            # Only whole numbers have steps that a server minds: a float's is the stride of the editor's arrows.
            step=first.step if parameter.step is None and type_ == "integer" else parameter.step,
        )
    listed = specs[0].choices is not None and parameter.choices is None
    return replace(parameter, type=type_, server_choices=parameter.server_choices or listed)


def specs_of(parameter: Parameter, graph: Graph, info: ObjectInfo) -> Sequence[InputSpec]:
    """What the server says about each target that it knows."""
    found = (info.input(graph[target.node_id]["class_type"], target.input_name) for target in parameter.targets)
    return [spec for spec in found if spec is not None]


def _limit(value: float | None) -> float | None:
    """Seeds reach 2^64 at a server, and 2^53 at Discord."""
    return value if value is None else min(value, MAX_SEED)


def _known(bounds: Iterable[float | None]) -> list[float]:
    return [bound for bound in bounds if bound is not None]
