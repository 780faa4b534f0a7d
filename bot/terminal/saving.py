"""Saves files in a folder, marked and signed, and never overwrites one."""

import itertools
from collections.abc import Callable
from pathlib import Path

from bot.content_credentials import Signer
from bot.pictures import marked, origin
from bot.settings import Settings


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


def finisher(settings: Settings) -> Callable[[bytes], bytes]:
    """What is done to every file before it is saved: the AI mark, and the operator's signature."""
    signer = None if settings.credentials is None else Signer(settings.credentials)

    def finished(content: bytes) -> bytes:
        content = marked(content) if settings.ai_mark else content
        return content if signer is None or origin(content).signed else signer.signed(content)

    return finished
