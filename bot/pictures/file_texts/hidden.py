"""The text that NovelAI and some extensions of A1111 hide in an image's transparency: it survives where texts are lost.

Bit by bit, column by column, the lowest bits of the alpha channel hold a signature, a length in bits and the text,
usually compressed ("stealth pnginfo").
"""

import json
import zlib
from typing import Final

from PIL import Image

from bot.pictures.decoding import Source, opened
from bot.pictures.header import HEAD, Load, weigh

_MOST_TEXT: Final = 2**20
_SIGNATURES: Final = {b"stealth_pngcomp": True, b"stealth_pnginfo": False}
"""And whether the text is compressed."""
_LENGTH: Final = 4
_GZIP: Final = 31
"""zlib's number for gzip's format."""


def hidden_texts(source: Source) -> dict[str, str]:
    """By keyword, as `texts` has them; {} where nothing is hidden. Decodes small images; takes CPU time."""
    try:
        content = _hidden(source)
        return {} if content is None else _texts(content)
    except Exception:  # noqa: BLE001 - a border: a damaged file makes Pillow raise anything that Python knows
        return {}


def _hidden(source: Source) -> bytes | None:
    with opened(source) as file:
        # NovelAI's have one to two megapixels.
        if weigh(file.read(HEAD)) is not Load.LIGHT:
            return None
        file.seek(0)
        with Image.open(file, formats=("PNG", "WEBP")) as image:
            if image.mode != "RGBA":
                return None
            alpha = image.getchannel("A")
    # The lowest bits in a row, eight to a byte.
    columns = alpha.transpose(Image.Transpose.TRANSPOSE).tobytes()
    row = Image.frombytes("L", (len(columns), 1), columns)
    bits = row.point(lambda value: 255 * (value & 1), mode="1").tobytes()
    compressed = next((packed for signature, packed in _SIGNATURES.items() if bits.startswith(signature)), None)
    if compressed is None:
        return None
    start = len(next(iter(_SIGNATURES))) + _LENGTH
    size = int.from_bytes(bits[start - _LENGTH : start], "big") // 8
    content = bits[start : start + size]
    return zlib.decompressobj(_GZIP).decompress(content, _MOST_TEXT) if compressed else content[:_MOST_TEXT]


def _texts(content: bytes) -> dict[str, str]:
    """NovelAI hides its texts as one object, others hide A1111's lines."""
    text = content.decode("utf-8", "replace")
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        return {"parameters": text}
    if not isinstance(raw, dict):
        return {}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in raw.items()}
