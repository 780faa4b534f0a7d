# ruff: noqa: INP001 - a file that a bot of the tests runs, outside any package
"""Kills the bot at an await of the first interaction that it handles, as a power cut would: `DIE_AT` says at which.

"begin 3": as the handler begins to wait for the fourth time. "end 3": as soon as that wait is over. "end 3 of 5": of
the first interaction of Discord's type 5 (a form that was sent off; 2: a command, 3: a press), whatever was handled
before. The log says when a handler came to its end, and how often it had waited.
"""

import os
import signal
import sys
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final

_WHERE, _NUMBER, *_TYPE = os.environ["DIE_AT"].split()
_AT: Final = int(_NUMBER)
_COMMAND: Final = 2
_PRESS: Final = 3
_FORM: Final = 5
_OF: Final = int(_TYPE[-1]) if _TYPE else _COMMAND

_Handler = Callable[..., Coroutine[Any, Any, None]]


class _Dying:
    """Awaits a coroutine, and counts how often that waits for something."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, Any]:
        waits = 0
        fault: BaseException | None = None
        while True:
            try:
                waited_for = self._coroutine.send(None) if fault is None else self._coroutine.throw(fault)
            except StopIteration as over:
                sys.stderr.write(f"the handler ended after {waits} awaits\n")
                return over.value
            self._die("begin", waits)
            fault = None
            try:
                yield waited_for
            except BaseException as thrown:  # noqa: BLE001 - it is the handler's
                fault = thrown
            self._die("end", waits)
            waits += 1

    def _die(self, where: str, waits: int) -> None:
        if (where, waits) == (_WHERE, _AT):
            os.kill(os.getpid(), signal.SIGKILL)


def _watch() -> None:
    from bot.discord_ui.bot import Darkroom  # noqa: PLC0415
    from bot.discord_ui.core.commands.tree import Commands  # noqa: PLC0415

    def dying(handle: _Handler, *types: int) -> _Handler:
        async def handled(self: Any, interaction: Any) -> None:  # noqa: ANN401
            if _OF in types and interaction.type.value == _OF:
                await _Dying(handle(self, interaction))
            else:
                await handle(self, interaction)

        return handled

    Commands._call = dying(Commands._call, _COMMAND)  # type: ignore[method-assign]  # noqa: SLF001
    Darkroom.on_interaction = dying(Darkroom.on_interaction, _PRESS, _FORM)  # type: ignore[method-assign]


_watch()
