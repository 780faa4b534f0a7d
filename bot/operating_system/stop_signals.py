"""The signals that stop the program: SIGTERM, Ctrl-C, and on Windows the closing of the console."""

import asyncio
import signal
from collections.abc import Callable
from typing import Final

# SIGBREAK means Ctrl-Break or a console that closes; only Windows has it.
_SIGNALS: Final = tuple(
    number for name in ("SIGTERM", "SIGINT", "SIGBREAK") if (number := getattr(signal, name, None)) is not None
)


def call_on_stop(callback: Callable[[], object]) -> None:
    """Call `callback` in the running event loop on each stop signal. Works in the main thread only."""
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, callback)
        except NotImplementedError:
            # On Windows the handler runs between two steps of the interpreter, so it has to wake the loop.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(callback))
