"""How long a malformed pack keeps the bot."""

import time
from pathlib import Path

from bot.errors import PackError
from bot.workflows.manifests.pack import load_pack
from tests.workflows.malformed import made

_COUNT = 1000
_TURNS = 3


def slowest(folder: Path, most: int) -> list[tuple[float, str]]:
    """Seconds of the processor and names of the packs that took longest to refuse, the best of a few turns each."""
    paths = [pack.write(folder, name) for name, pack in made(_COUNT).items()]
    refused = [(seconds, path.stem) for path in paths if (seconds := min(_refusals(path), default=None)) is not None]
    return sorted(refused, reverse=True)[:most]


def _refusals(path: Path) -> list[float]:
    """Of each turn in which the pack was refused; a busy machine would spoil the time on the wall."""
    taken = []
    for _ in range(_TURNS):
        started = time.process_time()
        try:
            load_pack(path)
        except PackError:
            taken.append(time.process_time() - started)
    return taken
