"""Waits for conditions without polling: each is looked at whenever something changed."""

import asyncio
from collections.abc import Callable


class Watchers:
    """A condition is looked at in the very moment of a change, so one that holds only for a while is seen too."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def changed(self) -> None:
        for condition, future in self._waiting:
            _settle(condition, future)
        self._waiting = [(condition, future) for condition, future in self._waiting if not future.done()]

    async def until(self, condition: Callable[[], bool], deadline: float, describe: Callable[[], str]) -> None:
        """Raises TimeoutError with a description of how things stood after `deadline` seconds."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        _settle(condition, future)
        self._waiting.append((condition, future))
        try:
            async with asyncio.timeout(deadline):
                await future
        except TimeoutError:
            raise TimeoutError(f"not within {deadline} s: {describe()}") from None


def _settle(condition: Callable[[], bool], future: asyncio.Future[None]) -> None:
    if future.done():
        return
    try:
        if condition():
            future.set_result(None)
    except Exception as error:  # noqa: BLE001
        # A faulty condition is the waiting test's fault, not of the code that brought the change about.
        future.set_exception(error)
