"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad it is: a fault keeps the bot from its work, a warning makes it worse than it could be."""

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
