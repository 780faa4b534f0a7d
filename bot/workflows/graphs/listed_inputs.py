"""One input of a node class as `/object_info` lists it. Pure."""

from typing import Final

_DEEPEST: Final = 5
"""Inputs in inputs in inputs: a few nodes need three."""


def listed(sections: object, name: str, depth: int = _DEEPEST) -> tuple[list[object] | None, bool]:
    """What an entry of `/object_info` says about an input, and whether it is required. `parent.name` is an input that
    another one brings along: one that grows, or a combo box each of whose choices has inputs of its own.
    """
    for section in ("required", "optional"):
        inputs = sections.get(section) if isinstance(sections, dict) else None
        found = inputs.get(name) if isinstance(inputs, dict) else None
        if isinstance(found, list) and found:
            return found, section == "required"
    parent, dot, rest = name.partition(".")
    above = listed(sections, parent, 0)[0] if dot and depth else None
    options = above[1] if above is not None and len(above) > 1 and isinstance(above[1], dict) else {}
    choices = options.get("options")
    for choice in choices if isinstance(choices, list) else ():
        inner = listed(choice.get("inputs"), rest, depth - 1) if isinstance(choice, dict) else (None, False)
        if inner[0] is not None:
            return inner
    grown = options.get("template")
    inputs = grown.get("input") if isinstance(grown, dict) else None
    for section in inputs.values() if isinstance(inputs, dict) else ():
        for spec in section.values() if isinstance(section, dict) else ():
            if isinstance(spec, list) and spec:
                return spec, False
    return None, False
