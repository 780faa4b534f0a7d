"""Node classes that a server has renamed: it takes a graph with the old ones and rewrites it itself. Pure.

What `GET /node_replacements` says (ComfyUI's app/node_replace_manager.py) becomes entries of `/object_info`, so that an
old class is known like any other: its inputs under their old names, with what the new class says about them.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bot.workflows.graphs.listed_inputs import listed


def entries_of_old(answer: object, classes: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """An entry for each class that the server replaces by one of its `classes` and does not have any more."""
    for old, rules in answer.items() if isinstance(answer, dict) else ():
        # ComfyUI takes the first one.
        rule = rules[0] if isinstance(rules, list) and rules else None
        new = rule.get("new_node_id") if isinstance(rule, dict) else None
        if old in classes or not isinstance(new, str) or new not in classes or not isinstance(rule, dict):
            continue
        entry = json.loads(classes[new])
        if isinstance(entry, dict):
            yield old, json.dumps(_renamed(entry, rule)).encode()


def _renamed(entry: dict[str, Any], rule: Mapping[str, Any]) -> dict[str, Any]:
    """The new class's entry as the old class had it."""
    renamed = {**entry, "name": rule.get("old_node_id")}
    names = _names(rule.get("input_mapping"))
    if names is not None:
        order = rule.get("old_widget_ids")
        first = [one for one in (order if isinstance(order, list) else ()) if one in names]
        sections: dict[str, dict[str, object]] = {"required": {}, "optional": {}}
        for old in dict.fromkeys([*first, *names]):
            spec, required = listed(entry.get("input"), names[old])
            if spec is not None:
                sections["required" if required else "optional"][old] = spec
        renamed["input"] = sections
    outputs, places = entry.get("output"), rule.get("output_mapping")
    if isinstance(outputs, list) and isinstance(places, list) and places:
        found = {one.get("old_idx"): one.get("new_idx") for one in places if isinstance(one, dict)}
        renamed["output"] = [
            outputs[new] if isinstance(new := found.get(old, old), int) and 0 <= new < len(outputs) else "*"
            for old in range(max([len(outputs), *(one + 1 for one in found if isinstance(one, int))]))
        ]
    return renamed


def _names(mapping: object) -> dict[str, str] | None:
    """The new names of the old inputs; None where they are the same."""
    if not isinstance(mapping, list):
        return None
    pairs = ((one.get("old_id"), one.get("new_id")) for one in mapping if isinstance(one, dict))
    return {old: new for old, new in pairs if isinstance(old, str) and isinstance(new, str)}
