"""The result of a check."""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad it is. With a fault the bot cannot work; with a warning it works, but less well."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `advice`: what to do about it."""

    level: Level
    area: str
    text: str
    advice: str | None = None
