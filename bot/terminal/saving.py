"""Saves files in a folder and never overwrites one."""

import itertools
from pathlib import Path


def save(folder: Path, name: str, content: bytes) -> Path:
    """Write a new file and return its path. If the name is taken, a number is added to it.

    Raises `OSError`, and leaves no partial file behind.
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
    raise AssertionError  # count() never ends
