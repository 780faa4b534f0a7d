"""What a variation starts with: how much it changes, and what it takes over from the job of its image. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.workflows import LORAS, Library, Pack, Parameter, lora_places_in, read_loras, write_loras
from bot.workflows.graphs.file_names import find
from bot.workflows.graphs.parameters import check_value
from bot.workflows.library.meanings import Meaning, parameter_for
from bot.workflows.manifests.pack import own_value

SUBTLE: Final = "subtle"
STRONG: Final = "strong"
_SHARES: Final[Mapping[str, float]] = {SUBTLE: 0.6, STRONG: 1.2}
"""Times the workflow's own strength: its author found out what suits its model."""
_USUAL: Final = 0.6
"""The strength of a workflow that says none."""
_MOST: Final = 0.9
"""Of the largest strength there is. Beyond it next to nothing is left of the image."""
_STEP: Final = 0.05
"""Between two strengths of a workflow that says no step."""
_CARRIED: Final[tuple[Meaning, ...]] = ("negative", "model", "lora")
"""What a variation takes over besides the prompt, if both workflows have it."""


def vary_strengths(pack: Pack) -> Mapping[str, float]:
    """By step, how much a variation changes; empty if the workflow can't do more than one."""
    parameter = parameter_for(pack, "strength")
    if parameter is None:
        return {}
    own = _own(pack, parameter)
    found = {step: _fitting(parameter, own * share) for step, share in _SHARES.items()}
    useful = found[SUBTLE] < found[STRONG] and all(check_value(parameter, one) is None for one in found.values())
    return found if useful else {}


def carried_over(source: Pack | None, values: Mapping[str, object], pack: Pack, library: Library) -> dict[str, object]:
    """The values of the original job (of the workflow `source`, None if it is gone) that a variation with this pack
    takes over: its prompts, and of the model and the LoRAs what the pack can use.
    """
    carried = {"prompt": values["prompt"]} if "prompt" in values else {}
    for meaning in _CARRIED:
        parameter = parameter_for(pack, meaning)
        theirs = None if source is None else parameter_for(source, meaning)
        if parameter is None:
            continue
        value = values.get(parameter.name if theirs is None else theirs.name, values.get(parameter.name))
        choices = library.choices(pack, parameter)
        if value is not None and (not choices or find(str(value), choices) is not None or meaning == "negative"):
            carried[parameter.name] = value
    if LORAS in values and lora_places_in(pack):
        loras, _problems = read_loras(str(values[LORAS]))
        offered = library.loras(pack)
        # A LoRA that the workflow can't load would end the variation before it began.
        usable = [lora for lora in loras if not offered or find(lora.name, offered) is not None]
        carried |= {LORAS: write_loras(usable)} if usable else {}
    return {name: value for name, value in carried.items() if _takes(pack, name, value)}


def _takes(pack: Pack, name: str, value: object) -> bool:
    return name == LORAS or (name in pack.offered and check_value(pack.offered[name], value) is None)


def _own(pack: Pack, parameter: Parameter) -> float:
    """The strength that the workflow has when nobody chooses one."""
    own = own_value(pack, parameter)
    return float(own) if isinstance(own, int | float) else _USUAL


def _fitting(parameter: Parameter, strength: float) -> float:
    """The strength within what the parameter allows, on one of its steps."""
    low, high = parameter.min or 0.0, _MOST * (1.0 if parameter.max is None else parameter.max)
    step = parameter.step or (1.0 if parameter.type == "integer" else _STEP)
    steps = round((min(max(strength, low), high) - low) / step)
    # A sum of steps like 0.1 is not quite the number that people would write.
    found = round(low + steps * step, 4)
    return int(found) if parameter.type == "integer" else found
