"""The last wall before a server: nothing reaches an input that names a file but what is allowed there. Pure.

What a parameter or an uploaded graph puts in is held against the server's own `/object_info`. A name that the server
lists is sent in the server's own spelling and type; an operator's own graph may name what it likes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.errors import Problem
from bot.workflows.graphs.graph import Node, link_source, node_title
from bot.workflows.graphs.input_kinds import InputKind, feeding_files, files_from_nodes, kind_of_input
from bot.workflows.graphs.object_info import InputSpec, ObjectInfo
from bot.workflows.graphs.parameters import Target
from bot.workflows.safety.foreign_paths import in_another_folder, names_file_elsewhere, names_place, texts_in

Origin = Literal["upload", "member", "author"]
"""Where a value comes from: the server's answer to an upload, a member, or the author of the pack."""


@dataclass(frozen=True, slots=True)
class Given:
    """Who has set an input, through which parameter."""

    origin: Origin
    parameter: str


def admit(
    graph: dict[str, Node], given: Mapping[Target, Given], info: ObjectInfo, *, uploaded: bool
) -> tuple[Problem, ...]:
    """Give every choice in a bound graph the server's own spelling, and say what may not be sent.

    `given` are the inputs that parameters have set. `uploaded`: the graph's author is not trusted with the machine.
    """
    wall = _Wall(graph, info, frozenset())
    if uploaded or any(one.origin == "member" for one in given.values()):
        wall = _Wall(graph, info, feeding_files(graph, info))
    problems: list[Problem] = []
    for node_id, node in graph.items():
        for input_name, value in node["inputs"].items():
            if link_source(value) is not None:
                continue
            one = given.get(Target(node_id, input_name))
            origin = "author" if one is None else one.origin
            trusted = origin == "upload" or (origin == "author" and not uploaded)
            fitted, allowed = wall.fitted(node_id, input_name, value)
            node["inputs"][input_name] = fitted
            if not (allowed or trusted):
                named = f"{node_title(graph, node_id)}.{input_name}" if one is None else one.parameter
                problems.append(Problem(named, "outside", value))
    if uploaded:
        problems += [
            Problem(f"{node_title(graph, one.node_id)}.{one.input_name}", "outside")
            for one in files_from_nodes(graph, info)
        ]
    return tuple(problems)


def may_hold(kind: InputKind, text: str, *, feeds_files: bool = False) -> bool:
    """Whether an input of this kind may hold this text, which its server does not list; what `feeds_files` ends in an
    input that may read it as the name of a file.
    """
    if kind == "prompt" and not feeds_files:
        return True
    if kind == "words" and not feeds_files:
        return not names_file_elsewhere(text)
    return not (names_place(text) or (kind != "words" and in_another_folder(text)))


@dataclass(frozen=True, slots=True)
class _Wall:
    graph: Mapping[str, Node]
    info: ObjectInfo
    feeding: frozenset[str]

    def fitted(self, node_id: str, input_name: str, value: object) -> tuple[object, bool]:
        """The value as the server spells it, and whether anybody may put it there."""
        class_type = self.graph[node_id]["class_type"]
        spec = self.info.input(class_type, input_name)
        if spec is not None and (spec.choices is not None or spec.upload):
            return _chosen(spec, value)
        kind = kind_of_input(self.info, class_type, input_name)
        feeds = node_id in self.feeding
        return value, all(may_hold(kind, text, feeds_files=feeds) for text in texts_in(value))


def _chosen(spec: InputSpec, value: object) -> tuple[object, bool]:
    if isinstance(value, list):  # a list of several choices
        found = [_chosen(spec, one) for one in value]
        return [one for one, _ in found], all(allowed for _, allowed in found)
    if (index := spec.find(value)) is not None:
        return spec.values[index], True
    if spec.upload and isinstance(value, str) and spec.find(value.removesuffix(" [input]")) is not None:
        return value, True
    # An input to upload to is not checked by ComfyUI itself, and any file is read that it names. A list is: what is not
    # on it is refused there, in the server's words. Only some lists are filled by the editor alone.
    texts = [text for text in texts_in(value) if text.strip()]
    return value, not texts or not (spec.upload or spec.choices or not all(may_hold("choice", text) for text in texts))
