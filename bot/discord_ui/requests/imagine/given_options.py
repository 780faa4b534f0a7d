"""The way back from a job's values to the options of `/imagine` that they come from. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.workflows import LORAS, Pack
from bot.workflows.library.meanings import parameter_for
from bot.workflows.quoted_lists import in_list
from bot.workflows.styles.style import STYLE

_PLAIN: Final = (
    "prompt",
    "negative",
    "seed",
    "count",
    "model",
    "strength",
    "steps",
    "guidance",
    "sampler",
)
"""Options whose value is a parameter's, in the order of a recipe."""


def given_options(pack: Pack | None, values: Mapping[str, object]) -> dict[str, object]:
    """By option, what to give for these values. Parameters that no option reaches are not among them. Without the
    pack, its parameters are taken to be called like the options.
    """
    given: dict[str, object] = {}
    for option in _PLAIN:
        for name in parameters_of(pack, option):
            if name in values:
                given[option] = values[name]
    listed = [str(values[name]) for name in parameters_of(pack, "lora") if name in values]
    own = None if pack is None else parameter_for(pack, "lora")
    if own is not None and own.name in values:
        # The workflow's own parameter holds one name, not a list.
        listed[0] = in_list(listed[0])
    if listed:
        given["lora"] = ", ".join(listed)
    if STYLE in values and (pack is None or STYLE not in pack.parameters):
        given[STYLE] = values[STYLE]
    if "width" in values and "height" in values:
        given["size"] = f"{values['width']}x{values['height']}"
    return given


def parameters_of(pack: Pack | None, option: str) -> tuple[str, ...]:
    """The names of the values that an option sets."""
    match option:
        case "size":
            return "width", "height"
        case "lora":
            # The workflow's own parameter first, because the option hands it the first one.
            own = None if pack is None else parameter_for(pack, "lora")
            return (LORAS,) if own is None else (own.name, LORAS)
        case "negative" | "seed" | "count" | "model" | "strength" | "steps" | "guidance" | "sampler":
            parameter = None if pack is None else parameter_for(pack, option)
            return (option,) if parameter is None else (parameter.name,)
        case _:
            return (option,)
