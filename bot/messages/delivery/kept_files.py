"""Pack files that could not be delivered into one blob for the ledger, and unpack them."""

import io
import json
import zipfile
from collections.abc import Sequence

from bot.messages.rendering.rendered import Attachment
from bot.spool import read

_CAPTIONS = "captions.json"


def pack_files(files: Sequence[Attachment]) -> bytes:
    """The files as a zip in memory. Reads from disk, so it blocks; raises `OSError` if a file is gone."""
    buffer = io.BytesIO()
    # Not compressed again: images and videos are compressed already.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for number, file in enumerate(files):
            archive.writestr(f"{number}/{file.filename}", read(file.content))
        archive.writestr(_CAPTIONS, json.dumps([file.caption for file in files]))
    return buffer.getvalue()


def unpack_files(packed: bytes) -> list[Attachment]:
    """The files from a blob made by `pack_files`."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        captions = json.loads(archive.read(_CAPTIONS))
        names = [name for name in archive.namelist() if name != _CAPTIONS]
        return [
            Attachment(name.partition("/")[2], archive.read(name), caption)
            for name, caption in zip(names, captions, strict=True)
        ]
