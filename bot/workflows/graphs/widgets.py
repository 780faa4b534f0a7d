"""The widgets of a node class: inputs that hold a value instead of a link, as `/object_info` describes them. Pure.

The server does not say which inputs these are; ComfyUI's editor tells by an input's type and options. So does this, and
what no node of the server puts out cannot be a link either.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.workflows.graphs.file_names import find
from bot.workflows.graphs.object_info import ObjectInfo

COMBO: Final = "COMBO"
DYNAMIC: Final = "COMFY_DYNAMICCOMBO_V3"
_PLAIN: Final[Mapping[str, object]] = {"INT": 0, "FLOAT": 0.0, "STRING": "", "BOOLEAN": False}
"""The editor's default for a widget of this type if the node names none."""
_KINDS: Final = frozenset({*_PLAIN, COMBO, DYNAMIC})
_MARKS: Final = frozenset({
    *("min", "max", "step", "round", "multiline", "placeholder", "dynamicPrompts", "control_after_generate", "options"),
    *("image_upload", "video_upload", "audio_upload", "file_upload", "text_upload", "socketless", "widgetType"),
})  # fmt: skip
"""Options that only widgets have; nodes of old have types of their own, such as `INT:seed`."""
_SEEDS: Final = ("seed", "noise_seed")
_DEEPEST: Final = 5
"""Dynamic combo boxes in dynamic combo boxes."""


@dataclass(frozen=True, slots=True)
class Widget:
    """One widget. `offered` are its choices; `branches` what each choice of a dynamic combo box adds.

    `beside`: how many values the editor keeps beside its own, for what happens to a seed or for a button.
    """

    name: str
    kind: str
    default: object
    required: bool = False
    offered: tuple[object, ...] | None = None
    lowest: float = -math.inf
    highest: float = math.inf
    controlled: bool = False
    upload: bool = False
    branches: tuple[tuple[object, tuple[Widget, ...]], ...] = ()

    @property
    def own(self) -> bool:
        """Whether its type belongs to the editor (or an extension of it) instead of being one of the standard types."""
        return self.kind not in _KINDS

    @property
    def beside(self) -> int:
        return int(self.controlled) + int(self.upload)

    def inner(self, value: object) -> tuple[Widget, ...]:
        """The widgets that this one brings along when it has this value."""
        return next((added for key, added in self.branches if key == value), ())


def widgets_of(info: ObjectInfo, class_type: str) -> tuple[Widget, ...]:
    """The widgets of a class in their order; what a dynamic combo box brings along is inside it."""
    return tuple(_widgets(info.entry(class_type).get("input"), "", info, 0))


def _widgets(sections: object, prefix: str, info: ObjectInfo, depth: int) -> Iterator[Widget]:
    for section in ("required", "optional"):
        listed = sections.get(section) if isinstance(sections, dict) else None
        for name, spec in listed.items() if isinstance(listed, dict) else ():
            if isinstance(spec, list) and spec:
                options = spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}
                if is_widget(spec[0], options, info):
                    yield replace(
                        _widget(f"{prefix}{name}", spec[0], options, info, depth), required=section == "required"
                    )


def is_widget(kind: object, options: Mapping[str, object], info: ObjectInfo) -> bool:
    """Whether an input of this type and with these options holds a value of its own."""
    if options.get("forceInput"):
        return False
    if isinstance(kind, list) or kind in _KINDS:
        return True
    if not isinstance(kind, str) or kind.startswith("COMFY_"):
        return False
    if options.get("default") is not None or not _MARKS.isdisjoint(options):
        return True
    # One's own type that nothing puts out is a part of the editor, such as a view of a model.
    return kind.isupper() and not any(one in info.output_types for one in kind.split(","))


def _widget(name: str, kind: object, options: Mapping[str, object], info: ObjectInfo, depth: int) -> Widget:
    listed = kind if isinstance(kind, list) else options.get("options") if kind in {COMBO, DYNAMIC} else None
    offered = tuple(listed) if isinstance(listed, list) else ()
    branches: tuple[tuple[object, tuple[Widget, ...]], ...] = ()
    own = options.get("widgetType")
    type_ = COMBO if isinstance(kind, list) else own if isinstance(own, str) else str(kind).partition(":")[0]
    if kind == DYNAMIC:
        choices = [one for one in offered if isinstance(one, dict)]
        offered = tuple(one.get("key") for one in choices)
        if depth < _DEEPEST:
            branches = tuple(
                (one.get("key"), tuple(_widgets(one.get("inputs"), f"{name}.", info, depth + 1))) for one in choices
            )
    boxed = type_ in {COMBO, DYNAMIC}
    default = options.get("default", (offered[0] if offered else None) if boxed else _PLAIN.get(type_, ""))
    return Widget(
        name,
        type_,
        default,
        offered=offered if boxed else None,
        lowest=_number(options.get("min"), -math.inf),
        highest=_number(options.get("max"), math.inf),
        controlled=bool(options.get("control_after_generate"))
        or (type_ == "INT" and name.rpartition(".")[2] in _SEEDS),
        upload=any(flag.endswith("_upload") and options[flag] is True for flag in options),
        branches=branches,
    )


def _number(value: object, otherwise: float) -> float:
    return value if isinstance(value, int | float) else otherwise


def fit(widget: Widget, value: object) -> int:
    """How well a value suits a widget: 2 well, 1 it may be meant, 0 it says nothing, -1 hardly, -6 not at all."""
    if value is None:
        return 0
    match widget.kind:
        case "INT" | "FLOAT":
            return _fit_number(widget, value)
        case "BOOLEAN":
            return 2 if isinstance(value, bool) else -1 if value in (0, 1) else -6
        case "STRING":
            return 2 if isinstance(value, str) else -6
        case "COMBO" | "COMFY_DYNAMICCOMBO_V3":
            return _fit_choice(widget, value)
    return -1 if isinstance(value, int | float) and not isinstance(value, bool) else 2


def _fit_number(widget: Widget, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return -6
    if widget.kind == "INT" and not float(value).is_integer():
        return -1
    return 2 if widget.lowest <= value <= widget.highest else 1


def _fit_choice(widget: Widget, value: object) -> int:
    offered = widget.offered or ()
    if isinstance(value, dict) and isinstance(value.get("content"), str):
        value = value["content"]  # as `choice_text` reads it
    if all(find(one, offered) is not None for one in (value if isinstance(value, list) else [value])):
        return 2
    if widget.branches or not isinstance(value, str):
        return -6
    if not offered:
        return 2
    # A model or an image that only the file's author has, else a choice that this server does not know.
    return 1 if has_ending(value) else -1


def has_ending(name: str) -> bool:
    """Whether a text looks like the name of a file."""
    _, dot, ending = name.rpartition(".")
    return bool(dot) and 2 <= len(ending) <= 12 and ending.isalnum() and not ending.isdecimal()  # noqa: PLR2004
