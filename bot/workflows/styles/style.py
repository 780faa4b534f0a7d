"""A style: texts around a prompt, and settings for whatever the member leaves open. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

STYLE: Final = "style"
"""A request's value of this name is a style's name, unless the pack has a parameter that is called so."""
NO_STYLE: Final = "none"
"""The value that means no style, not even the member's default."""
PLACE: Final = "{prompt}"
"""Stands in a style's text where the member's own text goes, as in the `styles.csv` of Stable Diffusion programs."""
LONGEST_NAME: Final = 80
"""Characters: Discord shows 100 in a list of choices."""
LONGEST_TEXT: Final = 4000
"""Characters of a style's prompt or negative: as many as a field of a form in Discord holds."""
LONGEST_SETTING: Final = 300
"""Characters of a setting."""
TEXT_SETTINGS: Final = ("workflow", "model", "lora", "size")
"""Settings that hold a text, by the options of `/imagine` that mean the same."""
SETTINGS: Final = (*TEXT_SETTINGS, "steps", "guidance")
MOST_STEPS: Final = 10_000
MOST_GUIDANCE: Final = 100
"""As much as `/imagine` takes."""


@dataclass(frozen=True, slots=True)
class Style:
    """`prompt` and `negative` are texts, around `{prompt}` or to be added. The rest is None where it is left open."""

    name: str
    prompt: str = ""
    negative: str = ""
    workflow: str | None = None
    model: str | None = None
    lora: str | None = None
    size: str | None = None
    steps: int | None = None
    guidance: float | None = None

    @property
    def settings(self) -> Mapping[str, object]:
        """What it sets besides texts, by the option of `/imagine` that means the same."""
        return {name: value for name in SETTINGS if (value := getattr(self, name)) is not None}

    @property
    def content(self) -> Mapping[str, object]:
        """All of it but its name, as it is stored."""
        return {"prompt": self.prompt, "negative": self.negative, **self.settings}


def means_no_style(typed: object) -> bool:
    """Whether a member asked for an image without any style."""
    return isinstance(typed, str) and typed.strip().casefold() == NO_STYLE


def read_style(name: str, content: Mapping[str, object]) -> Style:
    """The style that was stored as `content`. What this version doesn't know is ignored."""
    texts = {key: value for key, value in content.items() if key in _TEXTS and isinstance(value, str)}
    numbers = {key: value for key, value in content.items() if is_setting_number(key, value)}
    return Style(name, **texts, **numbers)  # type: ignore[arg-type]


def is_setting_number(setting: str, value: object) -> bool:
    """Whether a value can be a style's steps or guidance."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    if setting == "steps":
        return isinstance(value, int) and 1 <= value <= MOST_STEPS
    return setting == "guidance" and 0 <= value <= MOST_GUIDANCE


def styled(text: str, typed: str) -> str:
    """A style's text with what a member typed: in place of `{prompt}`, else before it, as A1111 does it."""
    if PLACE in text:
        return text.replace(PLACE, typed.strip())
    return ", ".join(part for part in (typed.strip().rstrip(", "), text.strip()) if part)


_TEXTS: Final = frozenset({"prompt", "negative", *TEXT_SETTINGS})
