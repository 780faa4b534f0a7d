"""How tests speak of the program between their stand-ins."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from tests.discord_server import BotProcess
from tests.waiting import until

ROOT: Final = Path(__file__).parents[1]


class Program(Protocol):
    """Makes one that is not started yet, with more settings or by another command."""

    def __call__(self, more: Mapping[str, str] | None = None, command: Sequence[str] | None = None) -> BotProcess: ...


async def heard(bot_log: Path) -> None:
    """The bot has learned what its server has."""
    await until(lambda: " answers" in bot_log.read_text())
