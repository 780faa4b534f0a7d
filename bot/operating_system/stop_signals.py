"""How the operating system tells the program to stop: SIGTERM, Ctrl-C, and on Windows a console that is closed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Final

# SIGBREAK is Ctrl-Break, and a console that closes; only Windows has it.
_SIGNALS: Final = tuple(
    number for name in ("SIGTERM", "SIGINT", "SIGBREAK") if (number := getattr(signal, name, None)) is not None
)


def call_on_stop(callback: Callable[[], object]) -> None:
    """Call this in the running event loop whenever the program is told to stop. Only the main thread may ask for it."""
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, callback)
        except NotImplementedError:
            # Windows. The handler runs between two steps of the interpreter; the loop is woken to hear of it.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(callback))
