"""Files whose texts stand in front as JSON: drawings (SVG), and safetensors as ComfyUI saves latents and models."""

import json
import re
from typing import BinaryIO, Final

from bot.pictures.file_texts.found import MOST_TEXT, Found, piece

SVG: Final = (b"<svg", b"<?xml", b"<!DOCTYPE svg", b"\xef\xbb\xbf<svg", b"\xef\xbb\xbf<?xml")
_METADATA: Final = re.compile(r"<metadata[^<>]{0,200}>\s{0,200}<!\[CDATA\[\s{0,200}(?=\{)")
_SIZE: Final = 8
"""Bytes of a number before the header of safetensors."""
_ENTRY: Final = "__metadata__"


def is_safetensors(head: bytes) -> bool:
    """Whether a header follows that has a size which is read, and is an object."""
    return head[_SIZE : _SIZE + 1] == b"{" and int.from_bytes(head[:_SIZE], "little") <= MOST_TEXT


def read_svg(file: BinaryIO, found: Found) -> None:
    """ComfyUI writes one object behind the beginning, and does not care whether a text in it ends what it stands in."""
    text = file.read(MOST_TEXT).decode("utf-8", "replace")
    begun = _METADATA.search(text)
    if begun is not None:
        _add(json.JSONDecoder().raw_decode(text, begun.end())[0], found)


def read_safetensors(file: BinaryIO, found: Found) -> None:
    """The texts are one entry of the header."""
    size = int.from_bytes(file.read(_SIZE), "little")
    header = json.loads(piece(file, size) or b"{}")
    _add(header.get(_ENTRY), found)


def _add(held: object, found: Found) -> None:
    for keyword, value in held.items() if isinstance(held, dict) else ():
        if not found.more():
            return
        found.add(keyword, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
