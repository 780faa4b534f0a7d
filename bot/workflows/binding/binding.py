"""From a pack and a member's values to a graph that a server can run. Pure: the pack is never touched."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.errors import BindError, Problem
from bot.workflows.binding.composites import COMPOSITE
from bot.workflows.binding.loras import LORAS, add_loras
from bot.workflows.graphs.file_names import find
from bot.workflows.graphs.graph import Node
from bot.workflows.graphs.object_info import InputSpec, ObjectInfo
from bot.workflows.graphs.parameters import MAX_SEED, Parameter, Target, check_value, chooses_none
from bot.workflows.manifests.pack import Pack
from bot.workflows.safety.admission import Given, Origin, admit


@dataclass(frozen=True, slots=True)
class Substitution:
    """A server does not have what the graph names (`wanted`), and gets the first that it has instead (`taken`)."""

    wanted: str
    taken: str


def complete(pack: Pack, values: Mapping[str, object], infos: Iterable[ObjectInfo] = ()) -> dict[str, object]:
    """Check a member's values against the pack and draw a seed where none is given.

    What comes back is what the job is remembered by. `infos` are the servers that are known: what each of them would
    have to refuse is refused here. Raises `BindError` with every problem of every value.
    """
    seed = pack.offered.get("seed")
    filled = dict(values)
    if seed is not None and "seed" not in filled:
        filled["seed"] = random_seed(seed)
    bind(pack, filled)
    refused: tuple[Problem, ...] = ()
    for info in infos:
        refused = _outside(pack, filled, info)
        if not refused:
            break
    if refused:
        raise BindError(refused)
    return filled


def random_seed(parameter: Parameter | None) -> int:
    """A seed in the range that the parameter takes; without one, any that can be typed into Discord."""
    low, high = (0, None) if parameter is None else (parameter.min or 0, parameter.max)
    largest = MAX_SEED if high is None else min(MAX_SEED, int(high))
    return random.randint(int(low), largest)  # noqa: S311 - an image's seed is no secret


def _outside(pack: Pack, values: Mapping[str, object], info: ObjectInfo) -> tuple[Problem, ...]:
    """Which of these values must not reach this server, whatever else is wrong with them."""
    try:
        bind(pack, values, info)
    except BindError as fault:
        return tuple(problem for problem in fault.problems if problem.code == "outside")
    return ()


def bind(pack: Pack, values: Mapping[str, object], info: ObjectInfo | None = None) -> dict[str, Node]:
    """A copy of the pack's graph with `values` in their places.

    `info` is the server that is to run it: choices are sent as it spells them, and nothing reaches an input that names
    a file but what it lists. Without one, choices that only a server knows are left as they are. A file is given by
    the name that the server has returned for it. Raises `BindError` with every problem of every value.
    """
    adds_loras = LORAS in values and LORAS not in pack.parameters
    known = {*pack.offered, COMPOSITE, *((LORAS,) if adds_loras else ())}
    problems = [Problem(name, "unknown") for name in values if name not in known]
    graph = {node_id: _copy(node) for node_id, node in pack.graph.items()}
    given: dict[Target, Given] = {}
    nothing = [one for one in pack.parameters.values() if chooses_none(one, _given(one, values))]
    chosen = {name: value for name, value in values.items() if name not in {one.name for one in nothing}}
    for parameter in pack.parameters.values():
        value, problem = _value(pack, parameter, chosen, info)
        if problem is not None:
            problems.append(problem)
        elif value is not None:
            _put(graph, parameter, value)
            given |= dict.fromkeys(parameter.targets, Given(_origin(parameter, chosen), parameter.name))
    for target in (target for one in nothing for target in one.none):
        graph[target.node_id]["inputs"][target.input_name] = 0
    if adds_loras:
        graph, loaders, refused_loras = add_loras(pack, graph, values[LORAS], info)
        given |= loaders
        problems += refused_loras
    if info is not None:
        named = {problem.parameter for problem in problems}
        refused = admit(graph, given, info, uploaded=pack.uploaded)
        problems += {problem.parameter: problem for problem in refused if problem.parameter not in named}.values()
    if problems:
        raise BindError(tuple(problems))
    return graph


def substitutions(pack: Pack, values: Mapping[str, object], info: ObjectInfo) -> tuple[Substitution, ...]:
    """What `bind` takes for this server in place of what the graph itself names."""
    found: list[Substitution] = []
    for parameter in pack.parameters.values():
        spec = _listing(pack, parameter, info)
        if spec is None or not spec.choices or _given(parameter, values) is not None:
            continue
        own = _own(pack, parameter)
        if isinstance(own, str) and own.strip() and spec.find(own) is None:
            found.append(Substitution(own, spec.choices[0]))
    return tuple(dict.fromkeys(found))


def _given(parameter: Parameter, values: Mapping[str, object]) -> object:
    return values.get(parameter.name, parameter.default) if parameter.fixed is None else parameter.fixed


def _value(
    pack: Pack, parameter: Parameter, values: Mapping[str, object], info: ObjectInfo | None
) -> tuple[object, Problem | None]:
    value = _given(parameter, values)
    if value is None and parameter.required:
        return None, Problem(parameter.name, "missing")
    if value is not None and (problem := check_value(parameter, value)):
        return None, problem
    if parameter.choices is not None and (index := find(value, parameter.choices)) is not None:
        value = parameter.choices[index]
    spec = None if info is None else _listing(pack, parameter, info)
    return (value, None) if spec is None else _choose(pack, parameter, value, spec)


def _origin(parameter: Parameter, values: Mapping[str, object]) -> Origin:
    """Who chose the value of a parameter: numbers and the author's own choices hold no words of a member."""
    if parameter.fixed is not None or parameter.name not in values:
        return "author"
    if parameter.takes_file and parameter.template is None:
        return "upload"
    return "member" if (parameter.type == "string" or parameter.takes_file) and parameter.choices is None else "author"


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


def _listing(pack: Pack, parameter: Parameter, info: ObjectInfo) -> InputSpec | None:
    """The server's list from which this parameter is chosen; None where it is not, or where the server has no list: it
    will say itself what is missing.
    """
    if not parameter.server_choices:
        return None
    target = parameter.targets[0]
    spec = info.input(pack.graph[target.node_id]["class_type"], target.input_name)
    return None if spec is None or spec.choices is None else spec


def _choose(pack: Pack, parameter: Parameter, value: object, spec: InputSpec) -> tuple[object, Problem | None]:
    """The value among what the server offers: the member's, else the graph's own, else the server's first."""
    if not spec.choices:
        return value, Problem(
            parameter.name, "no_choices", limit=pack.graph[parameter.targets[0].node_id]["class_type"]
        )
    index = spec.find(_own(pack, parameter) if value is None else value)
    if index is None and value is not None:
        return value, Problem(parameter.name, "not_a_choice", value, spec.choices)
    return spec.values[index or 0], None


def _own(pack: Pack, parameter: Parameter) -> object:
    target = parameter.targets[0]
    return pack.graph[target.node_id]["inputs"].get(target.input_name)
