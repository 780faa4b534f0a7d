"""What the titles of nodes say a parameter should be called. Pure."""

import re
from typing import Final

from bot.workflows.graphs.graph import Graph, node_title
from bot.workflows.graphs.object_info import ObjectInfo

_PLAIN: Final = frozenset({
    *("load", "image", "images", "video", "audio", "mask", "as", "int", "integer", "float", "number", "boolean"),
    *("bool", "string", "text", "multiline", "primitive", "value", "constant", "node", "if", "else", "switch"),
    *("upload", "from", "output", "outputs", "input", "widget", "custom", "combo", "dropdown", "prompt", "clip"),
    *("encode", "model", "lora", "checkpoint", "unet", "diffusion", "vae", "math", "expression", "get", "set"),
})  # fmt: skip
"""Words that tell the kind of a node, but not its purpose."""
_FIRST: Final = frozenset({"load", "int", "integer", "float", "boolean", "bool", "string", "multiline"})
_LONGEST: Final = 32
_INSIDE: Final = re.compile(r"\(([^()]*)\)")
_WORDS: Final = re.compile(r"[^\W_]+")
_SPELLED: Final = {"lora": "LoRA", "cfg": "CFG", "fps": "FPS", "bpm": "BPM", "vae": "VAE", "clip": "CLIP", "3d": "3D"}
_SAME: Final = {
    "frame_rate": "fps",
    "framerate": "fps",
    "step": "steps",
    "seconds": "duration",
    "duration_seconds": "duration",
    "video_length": "length",
    "frames": "length",
    "num_frames": "length",
    "frame_count": "length",
    "aspect": "aspect_ratio",
    "ratio": "aspect_ratio",
}


def given_name(graph: Graph, node_id: str, info: ObjectInfo | None = None) -> str:
    """A parameter's name after the title that the author gave a node; "" where it has the title of its class."""
    title, class_type = node_title(graph, node_id), graph[node_id]["class_type"]
    if title in {class_type, "" if info is None else info.display_name(class_type)}:
        return ""
    inside = _INSIDE.findall(title)
    return next((name for part in (_INSIDE.sub(" ", title), *inside) if (name := _named(part))), "")


def is_titled(graph: Graph, node_id: str, info: ObjectInfo | None = None) -> bool:
    """Whether the author gave a node a title of its own."""
    title, class_type = node_title(graph, node_id), graph[node_id]["class_type"]
    return title not in {class_type, "" if info is None else info.display_name(class_type)}


def legal_name(text: str) -> str:
    """Words as the name of a parameter."""
    name = "_".join(_WORDS.findall(text.casefold()))
    if len(name) > _LONGEST:
        name = name[: _LONGEST + 1].rpartition("_")[0] or name[:_LONGEST]
    return _SAME.get(name, name)


def words_of(name: str) -> str:
    """A parameter's name as a label."""
    text = " ".join(_SPELLED.get(word, word) for word in name.split("_"))
    return text[:1].upper() + text[1:]


def _named(part: str) -> str:
    words = _WORDS.findall(part.casefold())
    if not [word for word in words if word not in _PLAIN and not word.isdecimal()]:
        return "prompt" if "prompt" in words else ""
    while words and words[0] in _FIRST:
        words = words[1:]
    return legal_name(" ".join(words))
