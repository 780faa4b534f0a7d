"""The writer of a cell's message, which it does not have: the sheet of its grid shows it and has its own writer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.messages.delivery.job_message import Hold, JobMessage
from bot.messages.rendering.rendered import Rendered


class CellMessage(JobMessage):
    """Code that runs a cell, holds it or cancels it finds the same writer as for every job, which sends nothing.

    What the sheet shows is read from the ledger, so the end of a cell is shown once the ledger has it.
    """

    def show(self, render: Callable[[], Rendered], hold: Hold | None = None) -> None:
        """Nothing: progress of single cells is not shown."""

    async def read(self) -> None:
        """Nothing: there is no message that could show an end."""

    async def find_end(self) -> None:
        """None: nobody sends the result of a cell on its own."""

    async def part(self, rendered: Rendered) -> None:
        """Nothing: the sheet says where it goes."""

    async def finish(self, _: Rendered, confirmed: Callable[[], Awaitable[None]] | None = None) -> None:
        """Nothing, once it is certain that no other process has taken over the job."""
        self._over = True
        if confirmed is not None:
            await confirmed()
