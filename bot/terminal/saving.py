"""Files into a folder; none that is there is ever overwritten."""

from __future__ import annotations

import itertools
from pathlib import Path


def save(folder: Path, name: str, content: bytes) -> Path:
    """Write a new file and return its path: with a number in its name where there is one of that name already.

    Raises `OSError`, and leaves nothing half-written behind.
    """
    wanted = folder / name
    for number in itertools.count(2):
        try:
            with wanted.open("xb") as file:
                try:
                    file.write(content)
                    file.flush()
                except OSError:
                    wanted.unlink()
                    raise
        except FileExistsError:
            wanted = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
        else:
            return wanted
    raise AssertionError  # numbers do not end
