"""The images, videos and sounds that a member gives to a graph: in which order, and what each is called. Pure."""

import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.workflows.graphs.graph import link_source
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.parameters import FileKind, Target
from bot.workflows.graphs.reroutes import Wired, as_link
from bot.workflows.tracing.active_nodes import used_inputs
from bot.workflows.tracing.author_titles import given_name, legal_name

_BY_CLASS: Final[Mapping[str, tuple[str, FileKind]]] = {
    "LoadImage": ("image", "image"),
    "LoadImageMask": ("image", "image"),
    "LoadAudio": ("audio", "audio"),
    "LoadVideo": ("file", "video"),
    "VHS_LoadVideo": ("video", "video"),
    "VHS_LoadAudioUpload": ("audio", "audio"),
}
"""What takes a file to upload, for as long as no server has said which inputs do."""
_ANY_FILE: Final = re.compile(
    r"(image|images|pixels|input|inputs|samples|latent|latent_image|source|value|any|anything|video|videos|audio|mask"
    r"|masks|on_true|on_false|model|positive|negative|conditioning|video_latent|audio_latent|clip_vision_output|audio_encoder_output"
    r"|a|b)"
    r"_?\d*"
)
"""Inputs whose name says no more than what kind of thing goes in."""
_PASSED_ON: Final = frozenset(
    {"IMAGE", "MASK", "VIDEO", "AUDIO", "LATENT", "CLIP_VISION_OUTPUT", "AUDIO_ENCODER_OUTPUT"}
)
_FARTHEST: Final = 6
"""Nodes between a file and the input that says what it is for."""


@dataclass(frozen=True, slots=True)
class GivenFile:
    """One file that a member gives; `name` is "" where nothing says more than its kind."""

    target: Target
    kind: FileKind
    mask: bool
    name: str

    @property
    def called(self) -> str:
        """What it is where nothing more is known."""
        return "mask" if self.mask else self.kind


def given_files(graph: Wired, active: frozenset[str], info: ObjectInfo | None) -> tuple[GivenFile, ...]:
    """The files in the order in which the graph uses them: the first frame before the last, image 1 before image 2."""
    consumers = _consumers(graph, active)
    found = []
    for node_id in _in_order_of_use(graph, active, info):
        for input_name, kind in _uploads(graph, node_id, info):
            outputs = {output for output, _, _ in consumers.get(node_id, ())}
            only_mask = graph[node_id]["class_type"] == "LoadImageMask" or outputs == {1}
            mask = kind == "image" and only_mask
            name = given_name(graph, node_id, info) or _purpose(graph, node_id, consumers, info)
            name = f"{kind}_{name}" if name.isdecimal() else name
            found.append(GivenFile(Target(node_id, input_name), kind, mask, name))
    return tuple(found)


def named_files(files: Sequence[GivenFile]) -> Mapping[str, GivenFile]:
    """A parameter's name for each file: its kind where it is the only one, else what it is for, else a number."""
    kinds = Counter(one.called for one in files)
    named: dict[str, GivenFile] = {}
    for one in files:
        stem, number = one.called, 1
        if kinds[one.called] > 1 and one.name:
            stem, number = _split(one.name)
        wanted = stem if number <= 1 else f"{stem}_{number}"
        count = 1
        while wanted in named:
            count += 1
            wanted = f"{stem}_{count}"
        named[wanted] = one
    return named


def _split(name: str) -> tuple[str, int]:
    """A name and the number at its end: `image2` is the second image."""
    found = re.fullmatch(r"(.*?)_?(\d{1,3})", name)
    return (found[1], int(found[2])) if found is not None and found[1] else (name, 1)


def _uploads(graph: Wired, node_id: str, info: ObjectInfo | None) -> Iterator[tuple[str, FileKind]]:
    """The inputs of a node that name a file which a member may give instead."""
    class_type, inputs = graph[node_id]["class_type"], graph[node_id]["inputs"]
    if info is not None and info.knows(class_type):
        for name, value in inputs.items():
            spec = info.input(class_type, name)
            if isinstance(value, str) and spec is not None and spec.choices is not None and spec.file_kind is not None:
                yield name, spec.file_kind
    elif class_type in _BY_CLASS and isinstance(inputs.get(_BY_CLASS[class_type][0]), str):
        yield _BY_CLASS[class_type]


def _in_order_of_use(graph: Wired, active: frozenset[str], info: ObjectInfo | None) -> list[str]:
    """The active nodes, each after what it needs, and what it needs in the order of its inputs."""
    feeding = {link_source(value) for one in active for value in graph[one]["inputs"].values()}
    ordered: dict[str, None] = {}
    entered: set[str] = set()
    waiting = [(one, False) for one in reversed(graph) if one in active and one not in feeding]
    while waiting:
        node_id, done = waiting.pop()
        if done:
            ordered[node_id] = None
        elif node_id not in entered:
            entered.add(node_id)
            waiting.append((node_id, True))
            sources = [link_source(graph[node_id]["inputs"][name]) for name in _sorted_inputs(graph, node_id, info)]
            waiting += [(one, False) for one in reversed(sources) if one in active and one is not None]
    return [*ordered, *(one for one in graph if one in active and one not in ordered)]


def _sorted_inputs(graph: Wired, node_id: str, info: ObjectInfo | None) -> list[str]:
    """The inputs that a run looks at as the server lists them; those that grow in the editor by their number."""
    used = used_inputs(graph, node_id)
    listed = [] if info is None else info.input_names(graph[node_id]["class_type"])
    places = {name: place for place, name in enumerate(listed)}
    return sorted(used, key=lambda name: (places.get(name, len(places)), _numbered(name) if name not in places else 0))


def _numbered(name: str) -> int:
    found = re.search(r"\d+$", name)
    return 0 if found is None else int(found.group())


def _consumers(graph: Wired, active: frozenset[str]) -> Mapping[str, list[tuple[int, str, str]]]:
    """By node: which of its outputs goes to which input of which other node."""
    found: dict[str, list[tuple[int, str, str]]] = {}
    for node_id in graph:
        for name in used_inputs(graph, node_id) if node_id in active else ():
            if (link := as_link(graph[node_id]["inputs"][name])) is not None:
                found.setdefault(link[0], []).append((link[1], node_id, name))
    return found


def _purpose(
    graph: Wired, start: str, consumers: Mapping[str, list[tuple[int, str, str]]], info: ObjectInfo | None
) -> str:
    """The first input on the way of a file that says more than its kind: `end_image`, `front`; or its number."""
    waiting = deque([(start, 0)])
    seen: set[str] = set()
    number = ""
    while waiting:
        node_id, distance = waiting.popleft()
        if node_id in seen or distance >= _FARTHEST:
            continue
        seen.add(node_id)
        for _, consumer, input_name in consumers.get(node_id, ()):
            plain = input_name.rpartition(".")[2]
            if not _ANY_FILE.fullmatch(plain):
                return legal_name(plain)
            number = number or plain[len(plain.rstrip("0123456789")) :]
            if info is None or _PASSED_ON.issuperset(info.outputs(graph[consumer]["class_type"])):
                waiting.append((consumer, distance + 1))
    return number
