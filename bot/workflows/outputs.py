"""What a run left on the server: files and texts found by their shape, and which of them a member gets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bot.workflows.pack import Pack

_KINDS: Final = {
    "picture": frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tiff", ".avif", ".jxl", ".svg", ".exr"}),
    "video": frozenset({".mp4", ".webm", ".mkv", ".mov", ".avi"}),
    "sound": frozenset({".flac", ".mp3", ".opus", ".ogg", ".wav", ".m4a"}),
    "model": frozenset({".glb", ".gltf", ".obj", ".fbx", ".stl", ".ply", ".usdz", ".splat", ".ksplat", ".spz"}),
    "text": frozenset({".txt", ".json", ".csv", ".md", ".srt"}),
}
_INNARDS: Final = frozenset({".latent", ".safetensors", ".ckpt", ".pt"})
"""What only another workflow can read: no member wants it as long as there is anything else."""

_ROOTS: Final = ("/", "~/", "\\\\")


@dataclass(frozen=True, slots=True)
class OutputFile:
    """One file on a ComfyUI server, as `/view` addresses it. `type` is output, temp or input."""

    node_id: str
    filename: str
    subfolder: str
    type: str


@dataclass(frozen=True, slots=True)
class OutputText:
    """Words that an output node shows."""

    node_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Picked:
    """A file to deliver, with its stage's caption where the pack gives one."""

    file: OutputFile
    caption: str | None


def output_files(node_id: str, output: object) -> tuple[OutputFile, ...]:
    """The files in one node's output: any list of objects with filename, subfolder and type.

    Found by shape, since every node class calls its list differently (images, gifs, audio, 3d, ...).
    """
    if not isinstance(output, Mapping):
        return ()
    return tuple(
        OutputFile(node_id, item["filename"], item["subfolder"], item["type"])
        for items in output.values()
        if isinstance(items, list)
        for item in items
        if isinstance(item, dict) and all(isinstance(item.get(key), str) for key in ("filename", "subfolder", "type"))
    )


def output_texts(node_id: str, output: object) -> tuple[OutputText, ...]:
    """The words in one node's output: `{"text": ["...", ...]}`.

    Some nodes name the file they wrote there: what is nothing but a path is left out.
    """
    words = output.get("text") if isinstance(output, Mapping) else None
    return tuple(
        OutputText(node_id, word)
        for word in (words if isinstance(words, list) else ())
        if isinstance(word, str) and word.strip() and not _is_path(word.strip())
    )


def _is_path(text: str) -> bool:
    """Whether a text is nothing but a path from a disk's root, with at least one folder in it."""
    if "\n" in text:
        return False
    root = next((len(one) for one in _ROOTS if text.startswith(one)), 0)
    if text[1:3] in {":/", ":\\"} and text[0].isalpha():
        root = 3
    return root > 0 and any(sign in text[root:] for sign in "/\\")


def sent_over_socket(output: object) -> int:
    """How many pictures a node says that it sent: objects with `source = "websocket"` instead of a file's name."""
    if not isinstance(output, Mapping):
        return 0
    lists = [items for items in output.values() if isinstance(items, list)]
    return sum(isinstance(item, dict) and item.get("source") == "websocket" for items in lists for item in items)


def pick(pack: Pack, files: Iterable[OutputFile]) -> tuple[Picked, ...]:
    """The files a member gets: the final stage's first, then the others' in order, the rest as they were made.

    Previews (type temp) count only where a stage names their node, or when there is nothing else; so do latents.
    """
    found = list(dict.fromkeys(files))
    stages = pack.outputs.stages
    seen = [file for file in found if _suffix(file.filename) not in _INNARDS] or found
    kept = [file for file in seen if file.type == "output" or file.node_id in stages]
    order = sorted(stages, key=lambda node_id: stages[node_id] != pack.outputs.final)
    kept.sort(key=lambda file: order.index(file.node_id) if file.node_id in stages else len(order))
    return tuple(Picked(file, stages.get(file.node_id)) for file in kept or seen)


def kind_of(filename: str) -> str:
    """What a file is to a member: picture, video, sound, model, text or file."""
    suffix = _suffix(filename)
    return next((kind for kind, suffixes in _KINDS.items() if suffix in suffixes), "file")


def names_for(picked: Sequence[Picked]) -> tuple[str, ...]:
    """A name for each file: its caption or kind, its number, its own suffix. Nothing of the server's own naming."""
    return tuple(
        f"{_slug(item.caption or '') or kind_of(item.file.filename)}-{number}{_plain_suffix(item.file.filename)}"
        for number, item in enumerate(picked, start=1)
    )


def _suffix(filename: str) -> str:
    return PurePosixPath(filename).suffix.lower()


def _plain_suffix(filename: str) -> str:
    suffix = PurePosixPath(filename).suffix
    return suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,12}", suffix) else ""


def _slug(caption: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "-" for c in caption.lower()).strip("-")[:60]
