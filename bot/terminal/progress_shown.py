"""A run's progress: one line that is redrawn in a terminal, and occasional new lines elsewhere."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable
from typing import Final, TextIO

from bot.comfyui import Event, ExecutionStart, Progress, Snapshot
from bot.workflows import Graph

_DRAW_SECONDS: Final = 0.1
_BAR: Final = 24
_NARROWEST: Final = 60
"""Columns. Narrower terminals get no bar."""
_TENTHS: Final = 10
_CLEAR: Final = "\r\x1b[K"


@contextlib.asynccontextmanager
async def shown(graph: Graph, stream: TextIO) -> AsyncIterator[Callable[[Event], None]]:
    """A listener for the run's events, whose progress is shown within the block."""
    if not stream.isatty():
        yield _Lines(graph, stream).listen
        return
    bar = _Bar(graph, stream)
    drawing = asyncio.create_task(bar.draw_for_ever())
    try:
        yield bar.listen
    finally:
        drawing.cancel()
        await asyncio.gather(drawing, return_exceptions=True)
        stream.write(_CLEAR)
        stream.flush()


def progress_line(snapshot: Snapshot, seconds: float, columns: int, *, blocks: bool = True) -> str:
    """Stage, bar, percentage, step and time, in at most `columns` characters."""
    full, empty = ("█", "░") if blocks else ("#", "-")
    filled = round(snapshot.fraction * _BAR)
    bar = f"{full * filled}{empty * (_BAR - filled)}  " if columns >= _NARROWEST else ""
    step = f"  step {snapshot.step}/{snapshot.steps}" if snapshot.steps else ""
    rest = f"{bar}{snapshot.fraction * 100:3.0f}%{step}  {seconds:.0f} s"
    room = max(0, columns - len(rest) - 2)
    stage = _printable(snapshot.stage or "Waiting")
    if len(stage) > room:
        stage = f"{stage[: max(0, room - 1)]}…" if blocks else stage[:room]
    return f"{stage}  {rest}"[:columns]


class _Bar:
    """Redraws one line, so that the time advances even without events."""

    def __init__(self, graph: Graph, stream: TextIO) -> None:
        self._progress = Progress(graph)
        self._stream = stream
        self._blocks = _can_write(stream, "█░…")
        self._clock = asyncio.get_running_loop().time
        self._began_at = self._clock()

    def listen(self, event: Event) -> None:
        self._progress.apply(event)

    async def draw_for_ever(self) -> None:
        while True:
            # A line as wide as the terminal would wrap, so leave one column free.
            columns = shutil.get_terminal_size().columns - 1
            seconds = self._clock() - self._began_at
            line = progress_line(self._progress.snapshot(), seconds, columns, blocks=self._blocks)
            self._stream.write(_CLEAR + line)
            self._stream.flush()
            await asyncio.sleep(_DRAW_SECONDS)


class _Lines:
    """Writes a line for each stage, and for each tenth of the whole while a stage counts steps."""

    def __init__(self, graph: Graph, stream: TextIO) -> None:
        self._progress = Progress(graph)
        self._stream = stream
        self._last: tuple[str | None, int | None] | None = None

    def listen(self, event: Event) -> None:
        snapshot = self._progress.apply(event)
        if isinstance(event, ExecutionStart) or snapshot.stage is None:
            return
        told = (snapshot.stage, int(snapshot.fraction * _TENTHS) if snapshot.steps else None)
        if told != self._last:
            self._last = told
            step = f", step {snapshot.step}/{snapshot.steps}" if snapshot.steps else ""
            self._stream.write(f"{snapshot.fraction * 100:3.0f}% {_printable(snapshot.stage)}{step}\n")
            self._stream.flush()


def _printable(stage: str) -> str:
    """The stage without control characters: a node's title comes from a workflow's author."""
    return "".join(sign if sign.isprintable() else " " for sign in stage)


def _can_write(stream: TextIO, signs: str) -> bool:
    try:
        signs.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
