"""Group nodes, which the editor had before it had subgraphs, as subgraphs. Pure.

A file keeps them in `extra.groupNodes`: the nodes in a group, and links between them by their places. The node that
stands for a group has, one after the other, what the nodes in it leave open: inputs without a link, widgets, outputs.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bot.workflows.graphs.graph import MOST_NODES
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.widgets import Widget, widgets_of
from bot.workflows.imports.editor_drawing import dicts, inputs_of, is_socket
from bot.workflows.imports.editor_widgets import aligned

_PREFIXES: Final = ("workflow>", "workflow/")
_LINK_ENDS: Final = 4
_INPUT_NODE: Final = -10
_OUTPUT_NODE: Final = -20


def without_group_nodes(raw: Mapping[str, Any], info: ObjectInfo) -> Mapping[str, Any]:
    """The same drawing, its group nodes standing for subgraphs. RecursionError: there would be too many nodes."""
    extra = raw.get("extra")
    groups = extra.get("groupNodes") if isinstance(extra, dict) else None
    if not isinstance(groups, dict) or not groups:
        return raw
    sizes = {str(name): len(dicts(group.get("nodes"))) for name, group in groups.items() if isinstance(group, dict)}
    kinds = (str(node.get("type")) for node in dicts(raw.get("nodes")))
    used = sum(sizes.get(kind[len(_PREFIXES[0]) :], 0) for kind in kinds if kind.startswith(_PREFIXES))
    if max(used, sum(sizes.values())) > MOST_NODES:
        raise RecursionError
    made = copy.deepcopy(dict(raw))
    known = {
        f"{prefix}{name}": _Group(f"{prefix}{name}", group, info)
        for name, group in groups.items()
        if isinstance(group, dict)
        for prefix in _PREFIXES
    }
    for node in dicts(made.get("nodes")):
        if (group := known.get(str(node.get("type")))) is not None:
            group.settle(node)
    definitions = made.get("definitions")
    listed = definitions.get("subgraphs") if isinstance(definitions, dict) else None
    own = [one.definition for one in known.values()]
    made["definitions"] = {"subgraphs": [*(listed if isinstance(listed, list) else ()), *own]}
    return made


class _Group:
    """One kind of group, as the definition of a subgraph."""

    def __init__(self, name: str, raw: Mapping[str, Any], info: ObjectInfo) -> None:
        self._nodes = [{**one, "id": place, "outputs": dicts(one.get("outputs"))} for place, one in _placed(raw)]
        for node in self._nodes:
            node["inputs"] = [{**one, "link": None} for one in inputs_of(node)]
        self._links: list[list[object]] = []
        self._inputs: list[dict[str, str]] = []
        rows = [one for one in (raw.get("links") or ()) if isinstance(one, list) and len(one) >= _LINK_ENDS]
        inside = [one[:_LINK_ENDS] for one in rows if all(isinstance(end, int) for end in one[:_LINK_ENDS])]
        for origin, output, target, slot in inside:
            if 0 <= target < len(self._nodes) and 0 <= slot < len(self._nodes[target]["inputs"]):
                self._nodes[target]["inputs"][slot]["link"] = self._link(origin, output, target, slot)
        self.sockets = self._open_sockets()
        self.widgets = [self._open_widget(node, one) for node in self._nodes for one in widgets_of(info, node["type"])]
        taken = {(origin, output) for origin, output, _, _ in inside} - set(_outside(raw))
        for place, node in enumerate(self._nodes):
            for slot in range(len(node["outputs"])):
                if (place, slot) not in taken:
                    self._link(place, slot, _OUTPUT_NODE, sum(one[3] == _OUTPUT_NODE for one in self._links))
        self.definition = {"id": name, "nodes": self._nodes, "links": self._links, "inputs": self._inputs}

    def settle(self, instance: dict[str, Any]) -> None:
        """Give a node that stands for this group the names of the subgraph's inputs, and its values by them."""
        values = instance.get("widgets_values")
        found, _ = aligned(self.widgets, values if isinstance(values, list) else [])
        instance["widgets_values"] = found
        entries = inputs_of(instance)
        for entry, name in zip((one for one in entries if is_socket(one)), self.sockets, strict=False):
            entry["name"] = name
        left = [one.name for one in self.widgets]
        for entry in (one for one in entries if not is_socket(one)):
            shown = str(entry.get("name"))
            # Of several with one name, all but the first have the title of their node before it.
            meant = next((one for one in left if shown.endswith(one.partition(":")[2])), shown)
            left = [one for one in left if one != meant]
            entry["name"] = meant

    def _link(self, origin: object, output: object, target: object, slot: object) -> int:
        self._links.append([len(self._links) + 1, origin, output, target, slot, "*"])
        return len(self._links)

    def _take(self, name: str, place: int, slot: int) -> int:
        """An input of the group that leads to one of a node inside."""
        self._inputs.append({"name": name, "type": "*"})
        return self._link(_INPUT_NODE, len(self._inputs) - 1, place, slot)

    def _open_sockets(self) -> list[str]:
        names: list[str] = []
        for place, node in enumerate(self._nodes):
            for slot, entry in enumerate(node["inputs"]):
                if is_socket(entry) and entry["link"] is None:
                    names.append(f"{place}:{slot}")
                    entry["link"] = self._take(names[-1], place, slot)
        return names

    def _open_widget(self, node: dict[str, Any], widget: Widget) -> Widget:
        """A widget of a node inside, fed by the group's own unless a node inside does."""
        place = int(node["id"])
        slot = next((n for n, one in enumerate(node["inputs"]) if one.get("name") == widget.name), None)
        if slot is None:
            slot = len(node["inputs"])
            node["inputs"].append({"name": widget.name, "type": widget.kind, "widget": {}, "link": None})
        entry = node["inputs"][slot]
        entry["widget"] = {"name": widget.name}
        name = f"{place}:{widget.name}"
        if entry["link"] is None:
            entry["link"] = self._take(name, place, slot)
        return _under(widget, f"{place}:")


def _under(widget: Widget, prefix: str) -> Widget:
    """The widget, and those that its choices bring along, under longer names."""
    branches = tuple((key, tuple(_under(one, prefix) for one in added)) for key, added in widget.branches)
    return replace(widget, name=f"{prefix}{widget.name}", branches=branches)


def _placed(raw: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    return enumerate(one for one in dicts(raw.get("nodes")) if isinstance(one.get("type"), str))


def _outside(raw: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """The outputs that are linked inside and outside."""
    listed: Sequence[object] = raw["external"] if isinstance(raw.get("external"), list) else ()
    for one in listed:
        match one:
            case [{"index": int() as place}, int() as slot, *_] | [int() as place, int() as slot, *_]:
                yield place, slot
