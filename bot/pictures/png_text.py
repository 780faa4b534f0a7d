"""Replace the texts of a PNG: the bot's recipe for ComfyUI's workflow. Pixels are never touched."""

import io
import json
from collections.abc import Mapping
from typing import BinaryIO, Final

from bot.pictures.png_bands import SIGNATURE, chunk

_TEXT_CHUNKS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt", b"comf"})
"""The last is ComfyUI's own, in moving PNGs."""
_READ: Final = 2**16
_RECIPE: Final = "recipe"
"""The keyword of the bot's own text. ComfyUI's keywords are `prompt` and `workflow`."""


def with_texts(content: bytes, wanted: Mapping[str, str]) -> bytes:
    """`write_with_texts` in memory; a file that is not a PNG is returned unchanged."""
    target = io.BytesIO()
    return target.getvalue() if write_with_texts(io.BytesIO(content), target, wanted) else content


def write_with_texts(source: BinaryIO, target: BinaryIO, wanted: Mapping[str, str]) -> bool:
    """Write the PNG with these texts, by keyword, instead of its own. All other chunks are copied byte for byte, so no
    pixel changes. Returns False, and writes nothing, if the source is not a PNG.

    Neither file is ever in memory as a whole.
    """
    head = source.read(len(SIGNATURE) + 8)
    if not head.startswith(SIGNATURE) or head[-4:] != b"IHDR":
        return False
    target.write(SIGNATURE)
    _copy(source, target, head[len(SIGNATURE) :])
    target.writelines(_text_chunk(keyword, text) for keyword, text in wanted.items())
    # The file may be cut off in its last chunk.
    while frame := source.read(8):
        if frame[4:] in _TEXT_CHUNKS:
            source.seek(_length(frame) + 4, io.SEEK_CUR)
        else:
            _copy(source, target, frame)
    return True


def _copy(source: BinaryIO, target: BinaryIO, frame: bytes) -> None:
    """Copy one chunk whose length and type (`frame`) were read already."""
    target.write(frame)
    left = _length(frame) + 4
    while left and (piece := source.read(min(left, _READ))):
        target.write(piece)
        left -= len(piece)


def _length(frame: bytes) -> int:
    return int.from_bytes(frame[:4], "big")


def _text_chunk(keyword: str, text: str) -> bytes:
    # iTXt: uncompressed, no language, no translated keyword, text in UTF-8.
    return chunk(b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8", "replace"))


def recipe_texts(recipe: Mapping[str, object]) -> dict[str, str]:
    """The texts for a PNG with this recipe."""
    return {_RECIPE: json.dumps(recipe, ensure_ascii=False)}
