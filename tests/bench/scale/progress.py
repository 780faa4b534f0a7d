"""How far a long measurement is: one line that is written over at a terminal, and one now and then elsewhere."""

import sys
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final, TypeVar

Case = TypeVar("Case")

_SELDOM_SECONDS: Final = 10.0


class Progress:
    def __init__(self) -> None:
        self._at_terminal: Final = sys.stdout.isatty()
        self._began = time.monotonic()
        self._about = ""
        self._shown_at = 0.0

    def begin(self, about: str) -> None:
        """Something else is measured from now on."""
        self._about = about
        self._began = time.monotonic()
        self._shown_at = 0.0
        self.show("starting")

    def show(self, text: str) -> None:
        now = time.monotonic()
        if not self._at_terminal and now - self._shown_at < _SELDOM_SECONDS:
            return
        self._shown_at = now
        line = f"  … {self._about}: {text} ({now - self._began:.0f} s)"
        print(f"\r\x1b[K{line}" if self._at_terminal else line, end="" if self._at_terminal else "\n", flush=True)

    def figure(self, about: str, figure: object) -> None:
        """A measured figure, on a line that stays."""
        self.say(f"    {about:38} {figure}")

    def say(self, text: str = "") -> None:
        """A line that stays."""
        print(f"\r\x1b[K{text}" if self._at_terminal else text, flush=True)


async def measure_each(
    names: Collection[str], cases: Mapping[str, Case], measure: Callable[[Progress, str, Case], Awaitable[None]]
) -> None:
    """Measure the cases of these names, one after the other; all of them where none is named."""
    progress = Progress()
    for name, case in cases.items():
        if not names or name in names:
            progress.begin(name)
            try:
                await measure(progress, name, case)
            except (AssertionError, TimeoutError) as fault:
                # What the others measure is worth having anyway.
                progress.say(f"  {name}: it came to no end: {fault}")
