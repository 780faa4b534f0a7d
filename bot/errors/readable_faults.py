"""As many faults of a file as people read, each short enough. Pure."""

from collections.abc import Sequence
from typing import Final

from bot.errors.workflows import Fault

MOST_FAULTS: Final = 20
"""How many faults are reported. Nobody reads the hundredth."""
_LONGEST_FAULT: Final = 400
"""Characters."""


def told(faults: Sequence[str]) -> tuple[str, ...]:
    """As many faults as people want to read, each short enough to read."""
    kept = tuple(map(_readable, faults[:MOST_FAULTS]))
    more = len(faults) - len(kept)
    return (*kept, Fault("and {count} more faults", count=more)) if more else kept


def _readable(fault: str) -> str:
    if isinstance(fault, Fault):
        return fault.cut(_LONGEST_FAULT)
    return fault if len(fault) <= _LONGEST_FAULT else f"{fault[:_LONGEST_FAULT]}…"
