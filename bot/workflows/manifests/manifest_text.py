"""A pack's manifest as its author would write it: for the form in which it is corrected, and for export. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from bot.workflows.graphs.parameters import Parameter
from bot.workflows.manifests.pack import Pack
from bot.workflows.manifests.targets import Names

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES: Final[Mapping[str, str]] = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def manifest_text(pack: Pack) -> str:
    """TOML that `read_manifest` reads back to what the pack has now."""
    head = {
        "title": pack.title,
        "description": pack.description,
        "command": pack.command,
        "default": pack.default or None,
        "nsfw": pack.nsfw or None,
    }
    names = Names(pack.graph)
    blocks = ["\n".join(_lines(head))]
    blocks += [
        "\n".join([f"[parameters.{_key(name)}]", *_lines(_parameter(parameter, names))])
        for name, parameter in pack.parameters.items()
    ]
    stages = ", ".join(
        f"{_key(names.called(node_id))} = {_value(caption)}" for node_id, caption in pack.outputs.stages.items()
    )
    outputs = list(_lines({"final": pack.outputs.final, "websocket": pack.outputs.websocket or None}))
    if stages or outputs:
        blocks.append("\n".join(["[outputs]", *([f"stages = {{ {stages} }}"] if stages else []), *outputs]))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _parameter(parameter: Parameter, names: Names) -> Mapping[str, object]:
    return {
        "target": [names.written(target) for target in parameter.targets],
        "type": parameter.type,
        "template": parameter.template,
        "min": parameter.min,
        "max": parameter.max,
        "step": parameter.step,
        "default": parameter.default,
        "hidden": parameter.fixed,
        "choices": "server" if parameter.server_choices else parameter.choices,
        "required": parameter.required,
        "label": parameter.label,
        "description": parameter.description,
    }


def _lines(table: Mapping[str, object]) -> Iterator[str]:
    """What is nothing or empty is left out, except a default or a hidden value: an empty one is one."""
    for key, value in table.items():
        if value is not None and (value != "" or key in {"default", "hidden"}):
            yield f"{key} = {_value(value)}"


def _key(text: str) -> str:
    return text if _BARE_KEY.fullmatch(text) else _value(text)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
        case str():
            return f'"{"".join(_escaped(character) for character in value)}"'
        case _:
            return repr(value)


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character >= " " and character != "\x7f" else f"\\u{ord(character):04x}"
