"""Files that are a row of parts with a length each: WebP, and models in glTF's binary form."""

import io
import json
from typing import BinaryIO, Final

from bot.pictures.file_texts import exif
from bot.pictures.file_texts.found import Found, piece

_WEBP_HEADER: Final = 12
_FRAME: Final = 8
_GLB_HEADER: Final = 12


def read_webp(file: BinaryIO, found: Found) -> None:
    """EXIF, wherever it stands: by the standard behind the pixels."""
    file.seek(_WEBP_HEADER)
    while found.more() and len(frame := file.read(_FRAME)) == _FRAME:
        size = int.from_bytes(frame[4:], "little")
        if frame[:4] == b"EXIF":
            if (content := piece(file, size)) is not None:
                exif.read(content, found)
            file.seek(size % 2, io.SEEK_CUR)
        else:
            file.seek(size + size % 2, io.SEEK_CUR)


def read_glb(file: BinaryIO, found: Found) -> None:
    """What ComfyUI writes into the extras of a model's `asset`."""
    file.seek(_GLB_HEADER)
    frame = file.read(_FRAME)
    content = piece(file, int.from_bytes(frame[:4], "little")) if frame[4:] == b"JSON" else None
    try:
        raw = json.loads(content or b"null")
    except (ValueError, RecursionError):
        return
    asset = raw.get("asset") if isinstance(raw, dict) else None
    extras = asset.get("extras") if isinstance(asset, dict) else None
    for keyword, text in extras.items() if isinstance(extras, dict) else ():
        if isinstance(text, str):
            found.add(keyword, text)
