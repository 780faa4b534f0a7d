"""A pack's manifest as its author would write it: for the form in which it is corrected, and for export. Pure."""

from collections.abc import Mapping

import tomlkit

from bot.workflows.graphs.parameters import Parameter
from bot.workflows.manifests.pack import Pack
from bot.workflows.manifests.targets import Names


def manifest_text(pack: Pack) -> str:
    """TOML that `read_manifest` reads back to what the pack has now."""
    names = Names(pack.graph)
    stages = tomlkit.inline_table()
    stages.update({names.called(node_id): caption for node_id, caption in pack.outputs.stages.items()})
    outputs = {"stages": stages, "final": pack.outputs.final, "websocket": pack.outputs.websocket or None}
    loras = {
        "allowed": None if pack.loras.allowed else False,
        "folder": pack.loras.folder,
        "after": [names.called(node_id) for node_id in pack.loras.after] or None,
    }
    manifest = {
        "title": pack.title,
        "description": pack.description,
        "command": pack.command,
        "default": pack.default or None,
        "nsfw": pack.nsfw or None,
        "parameters": {name: _parameter(parameter, names) for name, parameter in pack.parameters.items()},
        "loras": _said(loras),
        "outputs": _said(outputs),
    }
    return tomlkit.dumps(_said(manifest))


def _parameter(parameter: Parameter, names: Names) -> Mapping[str, object]:
    return _said(
        {
            "target": [names.written(target) for target in parameter.targets],
            "type": parameter.type,
            "template": parameter.template,
            "min": parameter.min,
            "max": parameter.max,
            "step": parameter.step,
            "default": parameter.default,
            "hidden": parameter.fixed,
            "none": [names.written(target) for target in parameter.none] or None,
            "choices": "server" if parameter.server_choices else parameter.choices,
            "required": parameter.required,
            "label": parameter.label,
            "description": parameter.description,
        }
    )


def _said(table: Mapping[str, object]) -> dict[str, object]:
    """Without what is nothing or empty, except a default or a hidden value: an empty one is one."""
    return {
        key: value
        for key, value in table.items()
        if value is not None and (value not in ("", {}) or key in {"default", "hidden"})
    }
