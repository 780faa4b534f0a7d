"""ComfyUI's `/object_info`: which node classes a server has, and what their inputs take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What one input of a node class takes. `choices` is None unless it is a combo box; `picture`: one to upload."""

    type: str
    choices: tuple[str, ...] | None
    required: bool
    default: object
    min: float | None
    max: float | None
    step: float | None
    picture: bool


class ObjectInfo:
    """One server's `/object_info`, read lazily: it holds hundreds of classes, a pack needs ten.

    The order of a class's inputs carries meaning and is kept.
    """

    def __init__(self, raw: Mapping[str, object]) -> None:
        self._raw = raw

    def same_as(self, other: ObjectInfo) -> bool:
        """Whether both say the same."""
        return self._raw == other._raw

    def knows(self, class_type: str) -> bool:
        """Whether the server has this node class."""
        return class_type in self._raw

    @property
    def raw(self) -> Mapping[str, object]:
        """As the server sent it."""
        return self._raw

    def display_name(self, class_type: str) -> str:
        """What the editor calls a node of this class, "" where the server does not say."""
        return str(self._entry(class_type).get("display_name") or "")

    def makes_output(self, class_type: str) -> bool:
        """Whether a run begins at such nodes: it executes them and what they need."""
        return self._entry(class_type).get("output_node") is True

    def required(self, class_type: str) -> tuple[str, ...]:
        """The inputs that such a node cannot do without; those that grow or change in the editor are left out."""
        inputs = self._entry(class_type).get("input")
        listed = inputs.get("required") if isinstance(inputs, dict) else None
        return tuple(
            name
            for name, spec in (listed.items() if isinstance(listed, dict) else ())
            if isinstance(spec, list) and spec and not str(spec[0]).startswith("COMFY_")
        )

    def _entry(self, class_type: str) -> Mapping[str, object]:
        entry = self._raw.get(class_type)
        return entry if isinstance(entry, dict) else {}

    def input(self, class_type: str, name: str) -> InputSpec | None:
        """The spec of one input, or None when the class or the input is unknown."""
        inputs = self._entry(class_type).get("input")
        for section in ("required", "optional"):
            listed = inputs.get(section) if isinstance(inputs, dict) else None
            found = listed.get(name) if isinstance(listed, dict) else None
            if isinstance(found, list) and found:
                return _spec(found, required=section == "required")
        return None


def _spec(found: list[object], *, required: bool) -> InputSpec:
    """Both combo forms: `[[options], {...}]` of old and `["COMBO", {"options": [...]}]` of new nodes.

    A custom node may say anything here: what is not understood is not said.
    """
    kind = found[0]
    options = found[1] if len(found) > 1 and isinstance(found[1], dict) else {}
    choices: tuple[str, ...] | None = None
    if isinstance(kind, list):
        choices = tuple(str(choice) for choice in kind)
    elif kind == "COMBO":
        listed = options.get("options")
        choices = tuple(str(choice) for choice in listed) if isinstance(listed, list) else ()
    return InputSpec(
        type="COMBO" if choices is not None else str(kind),
        choices=choices,
        required=required,
        default=options.get("default"),
        min=_number(options.get("min")),
        max=_number(options.get("max")),
        step=_number(options.get("step")),
        picture=bool(options.get("image_upload")),
    )


def _number(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf:
        return value
    return None
