"""What waits, what runs and what is over: in memory only, so a restart forgets all of it."""

import asyncio
import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.comfyui_server.validation import Graph

HistoryEntry = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Job:
    """Ordered as the real heap is: by number, then by prompt_id."""

    number: float
    prompt_id: str
    graph: Graph = field(compare=False)
    extra_data: dict[str, Any] = field(compare=False)
    outputs: list[str] = field(compare=False)

    @property
    def client_id(self) -> str | None:
        client_id: str | None = self.extra_data.get("client_id")
        return client_id

    def row(self) -> list[Any]:
        return [self.number, self.prompt_id, self.graph, self.extra_data, self.outputs]


class JobQueue:
    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed: Final = changed
        self._pending: Final[list[Job]] = []
        self._filled: Final = asyncio.Event()
        self._next_number = 0
        self.running: Job | None = None
        self.history: Final[dict[str, HistoryEntry]] = {}

    def number(self, body: Mapping[str, Any]) -> float:
        """The place that a POST /prompt gets. Taken before any check: a refused prompt uses one up."""
        if "number" in body:
            return float(body["number"])
        number = self._next_number
        self._next_number += 1
        return -number if body.get("front") else number

    @property
    def pending(self) -> list[Job]:
        """In heap order, which is not sorted order."""
        return list(self._pending)

    @property
    def remaining(self) -> int:
        return len(self._pending) + (self.running is not None)

    def put(self, job: Job) -> None:
        heapq.heappush(self._pending, job)
        self._changed()
        self._filled.set()

    async def take(self) -> Job:
        while not self._pending:
            self._filled.clear()
            await self._filled.wait()
        self.running = heapq.heappop(self._pending)
        self._changed()
        return self.running

    def finish(self, job: Job, entry: HistoryEntry) -> None:
        self.running = None
        self.history[job.prompt_id] = entry
        self._changed()

    def clear(self) -> None:
        self._pending.clear()
        self._changed()

    def delete(self, prompt_id: str) -> bool:
        """Takes one waiting job away; of two with the same id the other stays."""
        for job in self._pending:
            if job.prompt_id != prompt_id:
                continue
            # The real server empties its queue for the last one and announces that as well.
            if len(self._pending) == 1:
                self.clear()
            else:
                self._pending.remove(job)
                heapq.heapify(self._pending)
            self._changed()
            return True
        return False
