"""The folder of workflows and styles on the disk: what it holds, and whether it changed."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bot.errors import PackError
from bot.workflows.manifests.pack import Pack, belongs_to_pack, load_packs
from bot.workflows.styles.shipped_styles import load_styles
from bot.workflows.styles.style import Style

Stamp: TypeAlias = tuple[tuple[str, int, int], ...]
"""Name, time and size of every file that belongs to a pack, and of the styles'."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was read from the folder when its files were as `stamp` says. `styles` are by name."""

    stamp: Stamp
    packs: Mapping[str, Pack]
    styles: Mapping[str, Style]
    faults: tuple[PackError, ...]


def stamp_of(folder: Path) -> Stamp:
    """The folder's files as they are now."""
    stamp: list[tuple[str, int, int]] = []
    for path in folder.glob("*"):
        with contextlib.suppress(FileNotFoundError):  # removed since it was listed
            if belongs_to_pack(path):
                found = path.stat()
                stamp.append((path.name, found.st_mtime_ns, found.st_size))
    return tuple(sorted(stamp))


def read_folder(folder: Path, stamp: Stamp) -> Found:
    """All packs and styles of the folder."""
    packs, faults = load_packs(folder)
    styles, style_faults = load_styles(folder)
    return Found(stamp, packs, styles, (*faults, *style_faults))
