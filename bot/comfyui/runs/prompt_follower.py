"""Follow one prompt to its end. Polling decides when it is over; the stream makes this faster and shows progress."""

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Final, Protocol, Self

from bot.comfyui.protocol.answers import Finished, Place
from bot.comfyui.protocol.blame import HEALTH, PUT_OFF_SECONDS, worth_another_try
from bot.comfyui.protocol.events import (
    Event,
    Executing,
    ExecutionError,
    ExecutionInterrupted,
    ExecutionStart,
    ExecutionSuccess,
    Waking,
)
from bot.comfyui.server import EventStream, Server
from bot.concurrency import first_set
from bot.errors import Busy, Lost, Refused, Unreachable

_POLLS: Final = 4
"""With a connected socket, polls are this many times less frequent."""
PATIENCE_SECONDS: Final = 30.0
"""How long a server may be unreachable before its prompt is given up; or twice its longest silence in this run, if that
is longer. While it loads a model, a server may not answer for a minute.
"""
_REFUSALS: Final = 3
"""Refused polls in a row before the prompt is given up."""
_LONGEST_PAUSE_SECONDS: Final = 10.0
"""Between refused polls that may pass (`Abilities.poll_patience`), beside the usual pause."""
_SETTLE_SECONDS: Final = 0.1
_SETTLE_TRIES: Final = 5
"""How often, and how many times, the history is polled once the socket says that the prompt is over."""


class ReachabilityListener(Protocol):
    """A callback that learns whether the server answers or refuses connections."""

    def __call__(self, *, answers: bool) -> None:
        """Called after every poll; must return at once."""


def _ignore_reachability(*, answers: bool) -> None:
    pass


def _narrowed(fault: Busy) -> Busy | Refused:
    """A `Busy` that concerns the whole server, unchanged; one that concerns only this prompt, as a `Refused`."""
    return fault if fault.route == HEALTH else Refused(fault.route, fault.status, fault.wish)


class Silence:
    """How long a server has been silent and how long it may be. Times are seconds by any clock."""

    def __init__(self, now: float) -> None:
        self._since = now
        self._longest = 0.0

    def broken(self, now: float) -> None:
        """Record that the server answered or sent an event."""
        self._longest = max(self._longest, now - self._since)
        self._since = now

    def too_long(self, now: float) -> bool:
        """Whether the silence has exceeded the limit."""
        return now - self._since > max(PATIENCE_SECONDS, 2 * self._longest)


class PromptFollower:
    """`with PromptFollower(...) as follower` listens. Enter it before the submit: a small prompt is over in 3 ms.

    `listener` gets the prompt's events in the task that reads the socket, and must return at once. `reached` is called
    when the server answers and when it refuses connections, but not on a timeout: the server may just be busy.
    """

    def __init__(
        self,
        server: Server,
        stream: EventStream,
        prompt_id: str,
        listener: Callable[[Event], None],
        reached: ReachabilityListener = _ignore_reachability,
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
        """Wait until the submitted prompt is over and return how it ended.

        Raises `Lost` if the server no longer knows it, `Unreachable` if the server stays unreachable, `Refused` if the
        server answers everything else but not this.
        """
        clock = asyncio.get_running_loop().time
        patience = self._server.abilities.poll_patience
        refusals, refused_since, put_off_since = 0, None, None
        while True:
            await self._pause()
            try:
                finished = await self._look()
            except Busy as fault:
                put_off_since = put_off_since or clock()
                if clock() + fault.seconds - put_off_since > max(PUT_OFF_SECONDS, patience):
                    raise _narrowed(fault) from fault
                await asyncio.sleep(fault.seconds)
            except Unreachable as fault:
                if fault.unsent:
                    self._reached(answers=False)
                if self._silence.too_long(clock()):
                    raise
            except Refused as fault:
                # The server works, it only refuses this request: its silence is broken.
                self._silence.broken(clock())
                refusals += 2 if fault.slow else 1
                refused_since = refused_since or clock()
                passes = worth_another_try(fault.status) and clock() - refused_since < patience
                if refusals >= _REFUSALS and not passes:
                    raise
                await asyncio.sleep(min(max(0, refusals - _REFUSALS + 1), _LONGEST_PAUSE_SECONDS))
            else:
                refusals, refused_since, put_off_since = 0, None, None
                self._silence.broken(clock())
                self._reached(answers=True)
                if finished is not None:
                    return finished

    async def _pause(self) -> None:
        """Wait until the socket says that the prompt is over, the socket breaks, or the next poll is due."""
        connected = self._stream.connected
        for _ in range(_POLLS if connected.is_set() else 1):
            await first_set(self._over, seconds=self._server.abilities.poll_seconds)
            if self._over.is_set() or not connected.is_set():
                return

    async def _look(self) -> Finished | None:
        """Poll once for how the prompt ended; None if it has not."""
        if self._over.is_set():
            # Clear it first: a socket that wrongly reports the end must not make us poll without a pause.
            self._over.clear()
            for _ in range(_SETTLE_TRIES):
                if finished := await self._server.outcome(self.prompt_id):
                    return finished
                await asyncio.sleep(_SETTLE_SECONDS)
        place = await self._server.locate(self.prompt_id)
        if isinstance(place, Finished):
            return place
        if place is Place.UNKNOWN:
            raise Lost(self.prompt_id)
        if place is Place.WAKING:
            self._listener(Waking(self.prompt_id, self._server.abilities.waking_seconds))
        if place is Place.RUNNING:
            # The socket may never have said that the prompt started.
            self._listener(ExecutionStart(self.prompt_id))
        return None

    def _listen(self, event: Event) -> None:
        self._silence.broken(asyncio.get_running_loop().time())
        match event:
            case Executing(node_id=None):
                self._over.set()
            case ExecutionSuccess() | ExecutionError() | ExecutionInterrupted():
                # ComfyUI writes the history after these events but before the final `executing`, so wait a moment.
                asyncio.get_running_loop().call_later(_SETTLE_SECONDS, self._over.set)
        self._listener(event)
