"""Samples of one measurement."""

import statistics
from collections.abc import Sequence


class Figures:
    """Seconds, as measured; printed in milliseconds."""

    def __init__(self, seconds: Sequence[float]) -> None:
        self.seconds = sorted(seconds)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        low, high = (self.seconds[int(len(self.seconds) * share)] * 1000 for share in (0.1, 0.9))
        return f"{self.median * 1000:8.2f} ms   (10 % to 90 %: {low:.2f} to {high:.2f}, n={len(self.seconds)})"
