"""The content of a temporary file: its bytes, or the path of a file on disk."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Spooled:
    """A file of `size` bytes in the spool. Its box deletes it."""

    path: Path
    size: int


Content = bytes | Spooled


def size_of(content: Content) -> int:
    """The size in bytes."""
    return content.size if isinstance(content, Spooled) else len(content)


def source_of(content: Content) -> bytes | Path:
    """The bytes or the path, as `bot.pictures` accepts them."""
    return content.path if isinstance(content, Spooled) else content


def opened(content: Content) -> BinaryIO:
    """Open the content for reading. Blocks briefly if it is on disk; raises `OSError` if its box is closed."""
    return content.path.open("rb") if isinstance(content, Spooled) else io.BytesIO(content)


def read(content: Content) -> bytes:
    """The whole content in memory. Blocks if it is on disk; raises `OSError` if its box is closed."""
    return content.path.read_bytes() if isinstance(content, Spooled) else content
