"""What ComfyUI says about a graph before it queues it: which outputs run, what is wrong with the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from tests.comfyui_server.catalogue import RECORDED, Catalogue
from tests.comfyui_server.storage import Storage
from tests.comfyui_server.versions import Version

Graph = dict[str, Any]
Problem = dict[str, Any]

_CONVERT: Final[Mapping[str, Callable[[Any], object]]] = {
    "INT": int,
    "FLOAT": float,
    "STRING": str,
    "BOOLEAN": bool,
}
_ANYTHING: Final = "*"
# Longer lists are not repeated in an error.
_SHORT_LIST: Final = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    outputs: list[str] = field(default_factory=list)
    error: Problem | None = None
    node_errors: dict[str, Any] = field(default_factory=dict)


def is_link(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2


def validate(
    graph: Graph, targets: Sequence[str] | None, catalogue: Catalogue, version: Version, storage: Storage
) -> Verdict:
    """Converts widget values in place. A graph that is none (a workflow of the UI) raises TypeError."""
    for node_id in graph:
        node = graph[node_id]
        if "class_type" not in node:
            return Verdict(
                error=_problem(
                    "invalid_prompt",
                    "Cannot execute because a node is missing the class_type property.",
                    f"Node ID '#{node_id}'",
                )
            )
        if node["class_type"] not in RECORDED:
            return Verdict(error=_unknown_class(node_id, node, version))
    outputs = [
        node_id
        for node_id in graph
        if catalogue.is_output(graph[node_id]["class_type"]) and (targets is None or node_id in targets)
    ]
    if not outputs:
        return Verdict(error=_problem("prompt_no_outputs", "Prompt has no outputs", ""))
    return _Check(graph, catalogue, version, storage).outputs(outputs)


class _Check:
    """One graph's check; a node that several outputs need is looked at once."""

    def __init__(self, graph: Graph, catalogue: Catalogue, version: Version, storage: Storage) -> None:
        self._graph: Final = graph
        self._catalogue: Final = catalogue
        self._version: Final = version
        self._storage: Final = storage
        self._problems: Final[dict[str, list[Problem]]] = {}
        self._valid: Final[dict[str, bool]] = {}

    def outputs(self, outputs: Sequence[str]) -> Verdict:
        good = []
        details = []
        node_errors: dict[str, Any] = {}
        for output in outputs:
            try:
                valid = self._node(output)
            except (IndexError, KeyError) as error:
                valid = False
                self._valid[output] = False
                self._problems[output] = [_broken_link(error, "exception_during_validation", {})]
            if valid:
                good.append(output)
                continue
            details += [f"{problem['message']}: {problem['details']}" for problem in self._problems[output]]
            for node_id, problems in self._problems.items():
                if problems and not self._valid[node_id]:
                    self._report(node_errors, node_id, problems)["dependent_outputs"].append(output)
        if good:
            return Verdict(good, None, node_errors)
        refusal = _problem("prompt_outputs_failed_validation", "Prompt outputs failed validation", "\n".join(details))
        return Verdict([], refusal, node_errors)

    def _report(self, node_errors: dict[str, Any], node_id: str, problems: list[Problem]) -> dict[str, Any]:
        class_type = self._graph[node_id]["class_type"]
        report: dict[str, Any] = node_errors.setdefault(
            node_id, {"errors": problems, "dependent_outputs": [], "class_type": class_type}
        )
        return report

    def _node(self, node_id: str) -> bool:
        if node_id in self._valid:
            return self._valid[node_id]
        node = self._graph[node_id]
        problems: list[Problem] = []
        upstream_valid = True
        for name, required, spec in self._catalogue.inputs(node["class_type"]):
            if name not in node["inputs"]:
                if required:
                    problems.append(
                        _problem("required_input_missing", "Required input is missing", name, input_name=name)
                    )
            elif isinstance(node["inputs"][name], list):
                problem = self._link(node["inputs"][name], name, spec)
                if problem is not None:
                    problems.append(problem)
                elif not self._upstream(node["inputs"][name], name, spec):
                    upstream_valid = False
            else:
                problems += self._value(node["inputs"], name, spec)
        self._problems[node_id] = problems
        self._valid[node_id] = upstream_valid and not problems
        return self._valid[node_id]

    def _link(self, value: list[Any], name: str, spec: list[Any]) -> Problem | None:
        if not is_link(value):
            return _problem(
                "bad_linked_input",
                "Bad linked input, must be a length-2 list of [node_id, slot_index]",
                name,
                input_name=name,
                input_config=spec,
                received_value=value,
            )
        source, slot = value
        received = self._catalogue.outputs(self._graph[source]["class_type"])[slot]
        if spec[0] in {received, _ANYTHING}:
            return None
        return _problem(
            "return_type_mismatch",
            "Return type mismatch between linked nodes",
            f"{name}, received_type({received}) mismatch input_type({spec[0]})",
            input_name=name,
            input_config=spec,
            received_type=received,
            linked_node=value,
        )

    def _upstream(self, link: list[Any], name: str, spec: list[Any]) -> bool:
        source = link[0]
        try:
            return self._node(source)
        except (IndexError, KeyError) as error:
            extra = {"input_name": name, "input_config": spec, "linked_node": link}
            self._valid[source] = False
            self._problems[source] = [_broken_link(error, "exception_during_inner_validation", extra)]
            return False

    def _value(self, inputs: dict[str, Any], name: str, spec: list[Any]) -> list[Problem]:
        kind, config = spec[0], spec[1] if len(spec) > 1 else {}
        info = {"input_name": name, "input_config": [kind, config]}
        if isinstance(kind, str) and kind in _CONVERT:
            try:
                inputs[name] = _CONVERT[kind](inputs[name])
            except (TypeError, ValueError) as error:
                info |= {"received_value": inputs[name], "exception_message": str(error)}
                message = f"Failed to convert an input value to a {kind} value"
                return [_problem("invalid_input_type", message, f"{name}, {inputs[name]}, {error}", **info)]
        value = inputs[name]
        info["received_value"] = value
        if "min" in config and value < config["min"]:
            message = f"Value {value} smaller than min of {config['min']}"
            return [_problem("value_smaller_than_min", message, name, **info)]
        if "max" in config and value > config["max"]:
            message = f"Value {value} bigger than max of {config['max']}"
            return [_problem("value_bigger_than_max", message, name, **info)]
        if any(config.get(f"{kind}_upload") for kind in ("image", "audio", "video")):
            return self._uploaded(name, value)
        return self._choice(name, kind, config, info)

    def _uploaded(self, name: str, value: object) -> list[Problem]:
        # A file may lie in a subfolder or in output, so the list of choices does not decide.
        try:
            found = self._storage.annotated(str(value)).is_file()
        except web.HTTPException:
            found = False
        if found:
            return []
        return [
            _problem(
                "custom_validation_failed",
                "Custom validation failed for node",
                f"{name} - Invalid image file: {value}",
                input_name=name,
            )
        ]

    def _choice(self, name: str, kind: object, config: Mapping[str, Any], info: dict[str, Any]) -> list[Problem]:
        options = kind if isinstance(kind, list) else None
        if kind == "COMBO" and self._version.checks_new_combos:
            options = config["options"]
        if options is None or info["received_value"] in options:
            return []
        listed = str(options)
        if len(options) > _SHORT_LIST:
            listed = f"(list of length {len(options)})"
            info["input_config"] = None
        details = f"{name}: '{info['received_value']}' not in {listed}"
        return [_problem("value_not_in_list", "Value not in list", details, **info)]


def _unknown_class(node_id: str, node: Mapping[str, Any], version: Version) -> Problem:
    class_type = node["class_type"]
    details = f"Node ID '#{node_id}'"
    if not version.missing_node_type:
        message = f"Cannot execute because node {class_type} does not exist."
        return _problem("invalid_prompt", message, details)
    title = node.get("_meta", {}).get("title", class_type)
    message = f"Node '{title}' not found. The custom node may not be installed."
    return _problem("missing_node_type", message, details, node_id=node_id, class_type=class_type, node_title=title)


def _broken_link(error: LookupError, kind: str, extra: dict[str, Any]) -> Problem:
    inner = "inner " if "inner" in kind else ""
    trace = '  File "/srv/ComfyUI/execution.py", line 933, in validate_inputs\n    prompt[o_id]\n'
    return _problem(
        kind,
        f"Exception when validating {inner}node",
        str(error),
        **extra,
        exception_type=type(error).__name__,
        traceback=[trace],
    )


def _problem(kind: str, message: str, details: str, **extra_info: object) -> Problem:
    return {"type": kind, "message": message, "details": details, "extra_info": extra_info}
