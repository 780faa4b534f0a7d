"""The events of a server that sends none: its prompts are followed by polling."""

import asyncio
import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from bot.comfyui.server import Listener


class NoEvents:
    """An `EventStream` that never connects, and keeps nobody waiting for it."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id
        self.connected = asyncio.Event()
        self.tried = asyncio.Event()
        self.tried.set()
        self.breaks = 0

    def open(self) -> None:
        """Nothing to connect."""

    async def close(self) -> None:
        """Nothing to end."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    @contextlib.contextmanager
    def listening(self, prompt_id: str, listener: Listener) -> Iterator[None]:  # noqa: ARG002 - part of the protocol
        """Nothing will come."""
        yield
