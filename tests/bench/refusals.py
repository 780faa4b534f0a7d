"""How long a malformed pack keeps the bot."""

import time
from pathlib import Path

from bot.errors import PackError
from bot.workflows import load_pack
from tests.workflows.malformed import made

_COUNT = 1000
_TURNS = 3


def slowest(folder: Path, most: int) -> list[tuple[float, str]]:
    """Seconds and names of the packs that took longest to refuse, the best of a few turns each, longest first."""
    paths = [pack.write(folder, name) for name, pack in made(_COUNT).items()]
    refused = [(seconds, path.stem) for path in paths if (seconds := min(_refusals(path), default=None)) is not None]
    return sorted(refused, reverse=True)[:most]


def _refusals(path: Path) -> list[float]:
    """Seconds of each turn in which the pack was refused."""
    taken = []
    for _ in range(_TURNS):
        started = time.perf_counter()
        try:
            load_pack(path)
        except PackError:
            taken.append(time.perf_counter() - started)
    return taken
