"""A server's own queue, as `/queue` shows it: its prompts, those of others too. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class PromptQueue:
    """The prompt_ids that a server is `running`, and those that are `pending`, in the order in which they will run."""

    running: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.running) + len(self.pending)

    def before(self, prompt_id: str) -> tuple[str, ...]:
        """What the server does before this prompt: nothing if it is running, everything if it is not there yet."""
        if prompt_id in self.running:
            return ()
        place = self.pending.index(prompt_id) if prompt_id in self.pending else len(self.pending)
        return (*self.running, *self.pending[:place])


def read_queue(told: Mapping[str, Any]) -> PromptQueue:
    """The answer of `/queue`. Its lists hold `[number, prompt_id, prompt, ...]`; the smallest number runs first, and
    pending ones come in the order of a heap (execution.py, PromptQueue).

    Raises `KeyError` or `TypeError` if it is something else.
    """
    return PromptQueue(_prompt_ids(told["queue_running"]), _prompt_ids(told["queue_pending"]))


def _prompt_ids(entries: object) -> tuple[str, ...]:
    if not isinstance(entries, list | tuple):
        raise TypeError
    named = [entry for entry in entries if isinstance(entry, list | tuple) and _names_prompt(entry)]
    return tuple(entry[1] for entry in sorted(named, key=_number))


def _names_prompt(entry: Sequence[object]) -> bool:
    return len(entry) >= _PAIR and isinstance(entry[1], str)


def _number(entry: Sequence[object]) -> float:
    """The entry's place. One without a number that can be compared comes last."""
    number = entry[0]
    try:
        place = float(number) if isinstance(number, int | float) else math.inf
    except OverflowError:
        return math.inf
    return math.inf if math.isnan(place) else place
