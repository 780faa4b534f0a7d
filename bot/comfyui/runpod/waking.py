"""How long an endpoint usually takes to wake up, from the jobs that had to wait for that. Pure."""

from collections import OrderedDict, deque
from statistics import median
from typing import Final

_REMEMBERED: Final = 5
"""Wakings. The image on the worker, and so its size, may change at any time."""
_MOST_PROMPTS: Final = 64


class WakingTimes:
    """Learns from RunPod's `delayTime`, the seconds from a submit until a worker began."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=_REMEMBERED)
        self._asleep: OrderedDict[str, bool] = OrderedDict()
        """Prompts that wait for a worker, and whether each woke it: the first one does."""

    @property
    def usual(self) -> float | None:
        """Seconds; None: no waking was seen yet."""
        return median(self._seconds) if self._seconds else None

    def seen(self, prompt_id: str) -> None:
        """The prompt waits for a worker that is asleep."""
        self._asleep.setdefault(prompt_id, not self._asleep)
        while len(self._asleep) > _MOST_PROMPTS:
            self._asleep.popitem(last=False)

    def ended(self, prompt_id: str, delay: float | None) -> float | None:
        """The prompt is over, and waited `delay` seconds for its worker. Returns them if it woke the worker, because
        RunPod charges for the start of a worker.
        """
        if (woke := self._asleep.pop(prompt_id, None)) is None or delay is None:
            return None
        self._seconds.append(delay)
        return delay if woke else None
