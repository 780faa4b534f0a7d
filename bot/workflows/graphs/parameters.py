"""A pack's parameters: what a member may set, of which type and range, and where it goes in the graph."""

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

from bot.errors import Problem
from bot.workflows.graphs.file_names import find

FileKind = Literal["image", "video", "audio"]
ParameterType = Literal["string", "integer", "number", "boolean", "image", "video", "audio"]
Value = str | int | float | bool

MAX_SEED: Final = 2**53 - 1
"""The largest integer that a Discord option can carry, so that every seed shown can be typed in again."""

FILES: Final = frozenset(get_args(FileKind))
"""The types whose value is a file that a member gives: it is bound by its name on the server."""

NONE: Final = "none"
"""The choice that means nothing, where a parameter has one."""

MAX_TEXT: Final = 6000
"""The longest text that Discord lets a member type into an option."""


@dataclass(frozen=True, slots=True)
class Target:
    """One input of one node that a parameter sets."""

    node_id: str
    input_name: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing a member may set.

    `template` wraps a string: `{value}` in it is what the member wrote. With `server_choices` the value must be
    one that the live server offers for the first target; without a value it is the graph's, else the server's first.
    `none` are the inputs that become 0 where somebody chooses NONE: of a LoRA, its strengths.
    `fixed` is the operator's own value: members are not asked. A file is bound by its name on the server.
    """

    name: str
    type: ParameterType
    targets: tuple[Target, ...]
    template: str | None = None
    min: float | None = None
    max: float | None = None
    step: float | None = None
    default: Value | None = None
    choices: tuple[str, ...] | None = None
    server_choices: bool = False
    required: bool = False
    fixed: Value | None = None
    none: tuple[Target, ...] = ()
    label: str = ""
    description: str = ""

    @property
    def takes_file(self) -> bool:
        """Whether a member gives a file."""
        return self.type in FILES


def chooses_none(parameter: Parameter | None, value: object) -> bool:
    """Whether this value is the choice `NONE`."""
    return (
        parameter is not None and bool(parameter.none) and isinstance(value, str) and value.strip().casefold() == NONE
    )


def check_value(parameter: Parameter, value: object) -> Problem | None:
    """Why `value` does not fit `parameter` (nothing is clamped or converted silently), or None."""
    # A server may list texts, numbers or truth values: its list decides.
    if not _has_type(parameter.type, value) and not (parameter.server_choices and isinstance(value, Value)):
        return Problem(parameter.name, "wrong_type", value, parameter.type)
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return Problem(parameter.name, "too_long", len(value), MAX_TEXT)
    if isinstance(value, str) and parameter.required and not value.strip():
        return Problem(parameter.name, "missing")
    if isinstance(value, int | float) and not isinstance(value, bool):
        if parameter.min is not None and value < parameter.min:
            return Problem(parameter.name, "too_small", value, parameter.min)
        if parameter.max is not None and value > parameter.max:
            return Problem(parameter.name, "too_large", value, parameter.max)
        if parameter.step and not _on_step(value, parameter.min or 0, parameter.step):
            return Problem(parameter.name, "off_step", value, parameter.step)
    if parameter.choices is not None and find(value, parameter.choices) is None:
        return Problem(parameter.name, "not_a_choice", value, parameter.choices)
    return None


def _has_type(type_: ParameterType, value: object) -> bool:
    match type_:
        case "string" | "image" | "video" | "audio":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf
        case "boolean":
            return isinstance(value, bool)


def _on_step(value: float, start: float, step: float) -> bool:
    """Whether value = start + n * step, with room for what a binary float cannot say exactly."""
    try:
        steps = (value - start) / step
    except OverflowError:
        return False  # no float is that large
    if math.isinf(steps):
        return True  # a step so small is none
    return abs(steps - round(steps)) < 1e-6  # noqa: PLR2004 - far below any step, far above a double's error
