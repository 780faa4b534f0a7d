"""React to requests to stop the program: SIGTERM, Ctrl-C, and on Windows a closed console."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Final

# SIGBREAK exists only on Windows: Ctrl-Break, or a console that is being closed.
_SIGNALS: Final = tuple(
    number for name in ("SIGTERM", "SIGINT", "SIGBREAK") if (number := getattr(signal, name, None)) is not None
)


def call_on_stop(callback: Callable[[], object]) -> None:
    """Call this in the running event loop whenever the program is asked to stop. Works only in the main thread."""
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, callback)
        except NotImplementedError:
            # Windows. The handler runs outside the event loop, so it has to wake the loop.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(callback))
