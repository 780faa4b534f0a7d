"""ComfyUI's `/object_info`: which node classes a server has, and what their inputs take."""

from __future__ import annotations

import hashlib
import json
import math
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from bot.workflows.graphs.file_names import choice_text, find
from bot.workflows.graphs.listed_inputs import listed
from bot.workflows.graphs.node_replacements import entries_of_old
from bot.workflows.graphs.parameters import FileKind

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_FLAGS: Final[tuple[tuple[str, FileKind], ...]] = (
    ("image_upload", "image"),
    ("animated_image_upload", "image"),
    ("video_upload", "video"),
    ("audio_upload", "audio"),
)
"""Flags by which a node tells the editor to offer an upload, and the kind of file."""
_PARSED_AT_ONCE: Final = 64
"""Node classes of which the parsed form is kept: as many as the workflows of a server use."""


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What one input of a node class takes. `choices` is None unless it is a combo box; `picture`: one to upload.

    `values` are the choices as the server has them: texts, numbers, truth values or objects; `choices` are their texts.
    `upload`: it names a file of the input folder, of whatever kind; `file_kind` is one that a member may give.
    `multiline` and `dynamic_prompts`: a text as people write it.
    """

    type: str
    choices: tuple[str, ...] | None
    required: bool
    default: object
    min: float | None
    max: float | None
    step: float | None
    picture: bool
    values: tuple[object, ...] = ()
    upload: bool = False
    multiline: bool = False
    dynamic_prompts: bool = False
    file_kind: FileKind | None = None

    def find(self, value: object) -> int | None:
        """The place among the choices of what somebody wrote; None where the server does not offer it."""
        return find(value, self.values)


class ObjectInfo:
    """One server's `/object_info`. It holds hundreds of node classes and a pack needs ten: each class stays JSON, as
    the server wrote it, and is parsed when somebody asks for it. The whole would be 100,000 objects, which the garbage
    collector walks again and again.

    The order of a class's inputs carries meaning and is kept. `digest` is the same for servers that say the same.
    """

    __slots__ = ("__dict__", "__weakref__", "_classes", "digest")

    def __init__(self, body: bytes, like: Iterable[ObjectInfo] = (), replaced: object = None) -> None:
        """Read the body of an answer; what it has in common with those it is `like` is kept once. `replaced` is what
        the server says about classes that it has renamed. Raises `ValueError` if it is no JSON object. Takes CPU time.
        """
        kept = {entry: entry for other in like for entry in other.entries()}
        # As JSON does it: of two entries with one name the last one counts.
        entries = ((sys.intern(name), kept.get(entry, entry)) for name, entry in _entries(body.decode()))
        self._classes: dict[str, bytes] = dict(entries)
        self._classes |= dict(entries_of_old(replaced, self._classes))
        self.digest = hashlib.sha256(self.body).digest()

    @property
    def body(self) -> bytes:
        """The JSON of the whole: read again, it has the same digest."""
        listed = (b"%b:%b" % (json.dumps(name).encode(), entry) for name, entry in self._classes.items())
        return b"{%b}" % b",".join(listed)

    def entries(self) -> Iterable[bytes]:
        """The JSON of each node class."""
        return self._classes.values()

    def parsed(self) -> dict[str, object]:
        """Everything, parsed: large, takes CPU time, and is the caller's own."""
        return {name: json.loads(entry) for name, entry in self._classes.items()}

    @property
    def lists_nodes(self) -> bool:
        """Whether anything in it looks like a node."""
        return any(b'"input"' in entry for entry in self.entries())

    def knows(self, class_type: str) -> bool:
        """Whether the server has this node class."""
        return class_type in self._classes

    def entry(self, class_type: str) -> Mapping[str, object]:
        """What the server says about a node class, {} where it says nothing. Not to be changed."""
        entry = self._classes.get(class_type)
        return {} if entry is None else _parsed(entry)

    def display_name(self, class_type: str) -> str:
        """What the editor calls a node of this class, "" where the server does not say."""
        return str(self.entry(class_type).get("display_name") or "")

    def makes_output(self, class_type: str) -> bool:
        """Whether a run begins at such nodes: it executes them and what they need."""
        return self.entry(class_type).get("output_node") is True

    def required(self, class_type: str) -> tuple[str, ...]:
        """The inputs that such a node needs, without those that grow or change in the editor."""
        inputs = self.entry(class_type).get("input")
        listed = inputs.get("required") if isinstance(inputs, dict) else None
        return tuple(
            name
            for name, spec in (listed.items() if isinstance(listed, dict) else ())
            if isinstance(spec, list) and spec and not str(spec[0]).startswith("COMFY_")
        )

    def input_names(self, class_type: str) -> list[str]:
        """All inputs of such a node, in the order that gives them their meaning."""
        inputs = self.entry(class_type).get("input")
        sections = [inputs.get(one) for one in ("required", "optional")] if isinstance(inputs, dict) else []
        return [name for section in sections if isinstance(section, dict) for name in section]

    def outputs(self, class_type: str) -> tuple[str, ...]:
        """The types of what such a node puts out, in their order; a list of choices is a `COMBO`."""
        listed = self.entry(class_type).get("output")
        return tuple(one if isinstance(one, str) else "COMBO" for one in (listed if isinstance(listed, list) else ()))

    @cached_property
    def output_types(self) -> frozenset[str]:
        """Every type that some node of the server puts out. Takes CPU time, once."""
        return frozenset(
            one for name in self._classes for listed in self.outputs(name) for one in listed.split(",") if one
        )

    def is_core(self, class_type: str) -> bool:
        """Whether the server says that the class is ComfyUI's own and not somebody's extension."""
        module = self.entry(class_type).get("python_module")
        return isinstance(module, str) and (module == "nodes" or module.startswith("comfy_extras."))

    def input(self, class_type: str, name: str) -> InputSpec | None:
        """The spec of one input, or None when the class or the input is unknown. `parent.name` is an input that another
        brings along: one that grows, or a combo box each of whose choices has inputs of its own.
        """
        found, required = listed(self.entry(class_type).get("input"), name)
        return None if found is None else _spec(found, required=required)


def _entries(text: str) -> Iterator[tuple[str, bytes]]:
    """Each entry of a JSON object, its value as it is written there. Value by value: no more than one of them is parsed
    at any moment, and other threads get their turn in between. Raises `ValueError`.
    """
    decoder = json.JSONDecoder()
    place = _after(text, 0, "{")
    more = not text.startswith("}", place)
    while more:
        if not text.startswith('"', place):
            raise ValueError(f"a name was expected at character {place}")
        name, end = decoder.raw_decode(text, place)
        start = _after(text, end, ":")
        try:
            _, end = decoder.raw_decode(text, start)
        except RecursionError:
            raise ValueError(f"{name[:80]!r} holds more levels than any node class has") from None
        yield name, text[start:end].encode()
        place = _space(text, end)
        if more := text.startswith(",", place):
            place = _space(text, place + 1)
    if _after(text, place, "}") != len(text):
        raise ValueError("there is more after the object")


def _after(text: str, place: int, mark: str) -> int:
    """The place of what follows this mark."""
    place = _space(text, place)
    if not text.startswith(mark, place):
        raise ValueError(f"{mark} was expected at character {place}")
    return _space(text, place + 1)


def _space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return place if found is None else found.end()


@lru_cache(maxsize=_PARSED_AT_ONCE)
def _parsed(entry: bytes) -> Mapping[str, object]:
    try:
        parsed = json.loads(entry)
    except RecursionError:  # the entry was read once already, by a thread with more room for its levels
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _spec(found: list[object], *, required: bool) -> InputSpec:
    """Both combo forms: `[[options], {...}]` of old and `["COMBO", {"options": [...]}]` of new nodes.

    A custom node may say anything here: what is not understood is not said.
    """
    kind = found[0]
    options = found[1] if len(found) > 1 and isinstance(found[1], dict) else {}
    offered = kind if isinstance(kind, list) else options.get("options") if kind == "COMBO" else None
    values = tuple(offered) if isinstance(offered, list) else ()
    choices = tuple(map(choice_text, values)) if isinstance(kind, list) or kind == "COMBO" else None
    return InputSpec(
        type="COMBO" if choices is not None else str(kind),
        choices=choices,
        required=required,
        default=options.get("default"),
        min=_number(options.get("min")),
        max=_number(options.get("max")),
        step=_number(options.get("step")),
        picture=bool(options.get("image_upload")),
        values=values,
        upload=any(bool(options.get(flag)) for flag in options if flag.endswith("_upload"))
        or "image_folder" in options,
        multiline=options.get("multiline") is True,
        dynamic_prompts=options.get("dynamicPrompts") is True,
        file_kind=_file_kind(options),
    )


def _file_kind(options: Mapping[str, object]) -> FileKind | None:
    if "image_folder" in options:  # an earlier result, which may be somebody else's
        return None
    return next((kind for flag, kind in _FLAGS if options.get(flag)), None)


def _number(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf:
        return value
    return None
