"""The folder of the packs on disk: whether a file in it changed, and what was read from it."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bot.errors import PackError
from bot.workflows.manifests.pack import Pack

Stamp: TypeAlias = tuple[tuple[str, int, int], ...]
"""Name, time and size of every file that belongs to a pack."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was read from the folder when its files were as `stamp` says."""

    stamp: Stamp
    packs: Mapping[str, Pack]
    faults: tuple[PackError, ...]


def stamp_of(folder: Path) -> Stamp:
    """The files of the folder as they are now. Touches the disk."""
    stamp: list[tuple[str, int, int]] = []
    for path in folder.glob("*"):
        with contextlib.suppress(FileNotFoundError):  # removed since it was listed
            if path.suffix in {".json", ".toml"}:
                found = path.stat()
                stamp.append((path.name, found.st_mtime_ns, found.st_size))
    return tuple(sorted(stamp))
