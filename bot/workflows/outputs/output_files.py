"""What a run left on the server, and which of it a member gets."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from bot.workflows.manifests.pack import Pack

_KINDS: Final = {
    "image": frozenset(
        {".png", ".apng", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic"}
        | {".jxl", ".svg", ".exr", ".hdr"}
    ),
    "video": frozenset({".mp4", ".m4v", ".webm", ".mkv", ".mov", ".avi", ".ogv"}),
    "audio": frozenset({".flac", ".mp3", ".opus", ".ogg", ".oga", ".wav", ".m4a", ".aac", ".aiff"}),
    "model": frozenset({".glb", ".gltf", ".obj", ".fbx", ".stl", ".ply", ".usdz", ".splat", ".ksplat", ".spz"}),
    "text": frozenset({".txt", ".json", ".csv", ".md", ".srt"}),
}
_INNARDS: Final = frozenset({".latent", ".safetensors", ".ckpt", ".pt"})
"""Files that only another workflow can read. Members get them only if there is nothing else."""


@dataclass(frozen=True, slots=True)
class OutputFile:
    """One file on a ComfyUI server, as `/view` addresses it. `type` is output, temp or input.

    `guessed`: its node gave nothing but a string that looks like a file's name, so there may be no such file.
    """

    node_id: str
    filename: str
    subfolder: str
    type: str
    guessed: bool = field(default=False, compare=False)


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
    """What a file is to a member: image, video, audio, model, text or file."""
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
