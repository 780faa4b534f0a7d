"""What a file on its way is: its bytes, or where they are on disk."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Spooled:
    """A file in the spool, of `size` bytes. Its box deletes it."""

    path: Path
    size: int


Content = bytes | Spooled


def size_of(content: Content) -> int:
    """In bytes."""
    return content.size if isinstance(content, Spooled) else len(content)


def source_of(content: Content) -> bytes | Path:
    """Its bytes, or where they are: as `bot.pictures` takes them."""
    return content.path if isinstance(content, Spooled) else content


def opened(content: Content) -> BinaryIO:
    """The content to read from. Blocks for a moment where it is on disk; raises `OSError` where its box is closed."""
    return content.path.open("rb") if isinstance(content, Spooled) else io.BytesIO(content)


def read(content: Content) -> bytes:
    """All of it in memory. Blocks where it is on disk; raises `OSError` where its box is closed."""
    return content.path.read_bytes() if isinstance(content, Spooled) else content
