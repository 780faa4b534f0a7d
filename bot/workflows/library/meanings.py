"""What a parameter of a pack means, so that `steps` reaches the right input whatever its author called it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bot.workflows.graphs.parameters import Parameter, ParameterType
from bot.workflows.manifests.pack import Pack

Meaning = Literal[
    "negative",
    "count",
    "seed",
    "width",
    "height",
    "steps",
    "guidance",
    "strength",
    "sampler",
    "scheduler",
    "model",
    "lora",
]


@dataclass(frozen=True, slots=True)
class _Signs:
    """How a parameter shows its meaning: by its name (in this order), else by an input that it sets."""

    names: tuple[str, ...]
    inputs: frozenset[str]
    types: tuple[ParameterType, ...]


_WHOLE: Final[tuple[ParameterType, ...]] = ("integer",)
_NUMBER: Final[tuple[ParameterType, ...]] = ("integer", "number")
_TEXT: Final[tuple[ParameterType, ...]] = ("string",)

_SIGNS: Final[Mapping[Meaning, _Signs]] = {
    "negative": _Signs(("negative", "negative_prompt"), frozenset(), _TEXT),
    "count": _Signs(("count", "batch_size", "images"), frozenset({"batch_size"}), _WHOLE),
    "seed": _Signs(("seed", "noise_seed"), frozenset({"seed", "noise_seed"}), _WHOLE),
    "width": _Signs(("width",), frozenset(), _WHOLE),
    "height": _Signs(("height",), frozenset(), _WHOLE),
    "steps": _Signs(("steps",), frozenset({"steps"}), _WHOLE),
    "guidance": _Signs(("guidance", "cfg", "cfg_scale", "guidance_scale"), frozenset({"guidance", "cfg"}), _NUMBER),
    "strength": _Signs(("strength", "denoise", "denoising_strength", "denoising"), frozenset({"denoise"}), _NUMBER),
    "sampler": _Signs(("sampler", "sampler_name"), frozenset({"sampler_name"}), _TEXT),
    "scheduler": _Signs(("scheduler",), frozenset({"scheduler"}), _TEXT),
    "model": _Signs(
        ("checkpoint", "model", "unet", "ckpt", "diffusion_model"), frozenset({"ckpt_name", "unet_name"}), _TEXT
    ),
    "lora": _Signs(("lora", "lora_name"), frozenset({"lora_name"}), _TEXT),
}


def parameter_for(pack: Pack, meaning: Meaning) -> Parameter | None:
    """The pack's settable parameter with this meaning. A match by name beats one by input."""
    signs = _SIGNS[meaning]
    fitting = [one for one in pack.offered.values() if one.type in signs.types]
    named = {one.name.casefold(): one for one in fitting}
    by_name = next((named[name] for name in signs.names if name in named), None)
    if by_name is not None:
        return by_name
    return next((one for one in fitting if any(target.input_name in signs.inputs for target in one.targets)), None)


def meanings_by_name() -> Mapping[str, Meaning]:
    """What people call each meaning -> the meaning, so that `cfg` is understood where a workflow has `guidance`."""
    return {name: meaning for meaning, signs in _SIGNS.items() for name in signs.names}
