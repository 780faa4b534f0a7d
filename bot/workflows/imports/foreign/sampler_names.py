"""What other programs call a sampler and is two settings in ComfyUI, like `DPM++ 2M Karras`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.workflows.imports.settings_text import choice_like

_SCHEDULERS: Final = (
    *("karras", "exponential", "simple", "normal", "beta", "sgm_uniform", "ddim_uniform", "linear_quadratic"),
    "kl_optimal",
)
"""Those of ComfyUI, where no server has listed its own (`SCHEDULER_NAMES` in comfy/samplers.py)."""
_OTHER_NAMES: Final = {"uniform": "normal"}
"""A1111's names for the same (modules/sd_schedulers.py), besides those that differ only in signs."""
_OWN: Final = "automatic"
"""In A1111: the scheduler that suits the sampler. Here it is the workflow's."""


def split_sampler(typed: str, samplers: Sequence[str], schedulers: Sequence[str]) -> tuple[str, str | None] | None:
    """The sampler and the scheduler that a name like `DPM++ 2M Karras` means; None if it is no such name. The scheduler
    is None where the name leaves it to the program.
    """
    words = typed.split()
    for cut in range(1, len(words)):
        sampler, rest = choice_like(" ".join(words[:cut]), samplers), " ".join(words[cut:])
        if sampler is None:
            continue
        if rest.casefold() == _OWN:
            return sampler, None
        if (scheduler := scheduler_like(rest, schedulers)) is not None:
            return sampler, scheduler
    return None


def scheduler_like(typed: str, schedulers: Sequence[str]) -> str | None:
    """The scheduler that is called so, in ComfyUI or in A1111."""
    return choice_like(_OTHER_NAMES.get(typed.casefold(), typed), schedulers or _SCHEDULERS)
