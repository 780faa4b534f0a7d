"""Follow one prompt to its end. The poll decides, the stream decorates."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Final, Protocol, Self

from bot.comfyui.connection.client import ComfyUI
from bot.comfyui.connection.stream import Stream
from bot.comfyui.protocol.answers import Finished, Place
from bot.comfyui.protocol.blame import HEALTH, PUT_OFF_SECONDS
from bot.comfyui.protocol.events import (
    Event,
    Executing,
    ExecutionError,
    ExecutionInterrupted,
    ExecutionStart,
    ExecutionSuccess,
)
from bot.concurrency import first_set
from bot.errors import Busy, Lost, Refused, Unreachable

BLIND_POLL_SECONDS: Final = 0.5
"""How often the server is asked without a socket."""
_POLLS: Final = 4
"""So many times as seldom while a connected socket says nothing final."""
PATIENCE_SECONDS: Final = 30.0
"""How long a server may be out of reach before its prompt is given up, or twice as long as it was silent before during
this run: loading a model can keep it from answering for a minute.
"""
_REFUSALS: Final = 3
"""In a row."""
_SETTLE_SECONDS: Final = 0.1
_SETTLE_TRIES: Final = 5
"""How soon and how often the history is asked for a prompt that the socket says is over."""


class Reached(Protocol):
    """Takes the news whether a server answers, or refuses connections."""

    def __call__(self, *, answers: bool) -> None:
        """Called after every look, and returns at once."""


def _nobody_asks(*, answers: bool) -> None:
    pass


def _as_its_own(fault: Busy) -> Busy | Refused:
    """Whether the server puts off everybody, or only whoever asks for this prompt."""
    return fault if fault.route == HEALTH else Refused(fault.route, fault.status, fault.wish)


class Silence:
    """How long a server has said nothing, and how long it may. Times in seconds, by any clock."""

    def __init__(self, now: float) -> None:
        self._since = now
        self._longest = 0.0

    def broken(self, now: float) -> None:
        """It said something."""
        self._longest = max(self._longest, now - self._since)
        self._since = now

    def too_long(self, now: float) -> bool:
        """Whether it has been silent for longer than it ever may be."""
        return now - self._since > max(PATIENCE_SECONDS, 2 * self._longest)


class Following:
    """`with Following(...) as following` listens from before the submit: a small prompt is over in 3 ms.

    `listener` gets the prompt's events from the task that drains the socket, and must return at once. `reached` is
    called when the server refuses connections and when it answers; one that is only silent may be busy.
    """

    def __init__(
        self,
        server: ComfyUI,
        stream: Stream,
        prompt_id: str,
        listener: Callable[[Event], None],
        reached: Reached = _nobody_asks,
    ) -> None:
        self._server = server
        self._stream = stream
        self.prompt_id = prompt_id
        self._listener = listener
        self._reached = reached
        self._over = asyncio.Event()
        self._silence = Silence(asyncio.get_running_loop().time())
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self._stream.listening(self.prompt_id, self._listen))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    async def end(self) -> Finished:
        """Wait until the submitted prompt is over and say how it ended.

        Raises `Lost` when the server no longer knows it, `Unreachable` when it stayed out of reach, `Refused` when it
        answers everything else and not this.
        """
        clock = asyncio.get_running_loop().time
        refusals, put_off_since = 0, None
        while True:
            await self._pause()
            try:
                finished = await self._look()
            except Busy as fault:
                put_off_since = put_off_since or clock()
                if clock() + fault.seconds - put_off_since > PUT_OFF_SECONDS:
                    raise _as_its_own(fault) from fault
                await asyncio.sleep(fault.seconds)
            except Unreachable as fault:
                if fault.unsent:
                    self._reached(answers=False)
                if self._silence.too_long(clock()):
                    raise
            except Refused as fault:
                # It said so, and says how it is itself: what it says of this prompt is no news of the server.
                self._silence.broken(clock())
                refusals += 2 if fault.slow else 1
                if refusals >= _REFUSALS:
                    raise
            else:
                refusals, put_off_since = 0, None
                self._silence.broken(clock())
                self._reached(answers=True)
                if finished is not None:
                    return finished

    async def _pause(self) -> None:
        """Until the socket says that the prompt is over, or has broken, or it is time to ask."""
        connected = self._stream.connected
        for _ in range(_POLLS if connected.is_set() else 1):
            await first_set(self._over, seconds=BLIND_POLL_SECONDS)
            if self._over.is_set() or not connected.is_set():
                return

    async def _look(self) -> Finished | None:
        """Ask the server how the prompt ended; None while it has not."""
        if self._over.is_set():
            # Once only: a socket that is wrong about the end must not make us ask without a pause.
            self._over.clear()
            for _ in range(_SETTLE_TRIES):
                if finished := await self._server.history(self.prompt_id):
                    return finished
                await asyncio.sleep(_SETTLE_SECONDS)
        place = await self._server.locate(self.prompt_id)
        if isinstance(place, Finished):
            return place
        if place is Place.UNKNOWN:
            raise Lost(self.prompt_id)
        if place is Place.RUNNING:
            # News for whoever shows it, in case the socket never said so.
            self._listener(ExecutionStart(self.prompt_id))
        return None

    def _listen(self, event: Event) -> None:
        self._silence.broken(asyncio.get_running_loop().time())
        match event:
            case Executing(node_id=None):
                self._over.set()
            case ExecutionSuccess() | ExecutionError() | ExecutionInterrupted():
                # The history is written after these and before the `executing` above, which follows in a moment.
                asyncio.get_running_loop().call_later(_SETTLE_SECONDS, self._over.set)
        self._listener(event)
