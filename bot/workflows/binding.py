"""From a pack and a member's values to a graph that a server can run. Pure: the pack is never touched."""

from __future__ import annotations

import random
from collections.abc import Mapping

from bot.errors import BindError, Problem
from bot.workflows.graph import Node
from bot.workflows.object_info import ObjectInfo
from bot.workflows.pack import Pack
from bot.workflows.parameters import MAX_SEED, Parameter, check_value


def complete(pack: Pack, values: Mapping[str, object]) -> dict[str, object]:
    """Check a member's values against the pack and draw a seed where he gave none.

    What comes back is what the job is remembered by. Raises `BindError` with every problem of every value.
    """
    seed = pack.offered.get("seed")
    filled = dict(values)
    if seed is not None and "seed" not in filled:
        largest = MAX_SEED if seed.max is None else min(MAX_SEED, int(seed.max))
        filled["seed"] = random.randint(int(seed.min or 0), largest)  # noqa: S311 - a picture's seed, no secret
    bind(pack, filled)
    return filled


def bind(pack: Pack, values: Mapping[str, object], info: ObjectInfo | None = None) -> dict[str, Node]:
    """A copy of the pack's graph with `values` in their places.

    `info` is the server that is to run it; without one, choices that only a server knows are left as they are.
    Raises `BindError` with every problem of every value.
    """
    problems = [Problem(name, "unknown") for name in values if name not in pack.offered]
    graph = {node_id: _copy(node) for node_id, node in pack.graph.items()}
    for parameter in pack.parameters.values():
        given = values.get(parameter.name, parameter.default)
        value = given if parameter.fixed is None else parameter.fixed
        if value is None and parameter.required:
            problems.append(Problem(parameter.name, "missing"))
            continue
        problem = check_value(parameter, value) if value is not None else None
        if problem is None and parameter.server_choices and info is not None:
            value, problem = _choose(pack, parameter, value, info)
        if problem is not None:
            problems.append(problem)
        elif value is not None:
            _put(graph, parameter, value)
    if problems:
        raise BindError(tuple(problems))
    return graph


def _copy(node: Node) -> Node:
    copied = node.copy()
    copied["inputs"] = dict(node["inputs"])
    return copied


def _put(graph: dict[str, Node], parameter: Parameter, value: object) -> None:
    if parameter.template is not None:
        # replace, not format: a prompt may hold braces of its own.
        value = parameter.template.replace("{value}", str(value))
    for target in parameter.targets:
        graph[target.node_id]["inputs"][target.input_name] = value


def _choose(pack: Pack, parameter: Parameter, value: object, info: ObjectInfo) -> tuple[object, Problem | None]:
    """The value among what the server offers: the member's, else the graph's own, else the server's first."""
    target = parameter.targets[0]
    node = pack.graph[target.node_id]
    spec = info.input(node["class_type"], target.input_name)
    if spec is None or spec.choices is None:
        return value, None  # no such node or no list there: the server itself will say what is missing
    if not spec.choices:
        return value, Problem(parameter.name, "no_choices", limit=node["class_type"])
    if value is not None:
        return value, None if value in spec.choices else Problem(parameter.name, "not_a_choice", value, spec.choices)
    own = node["inputs"].get(target.input_name)
    return (own if own in spec.choices else spec.choices[0]), None
