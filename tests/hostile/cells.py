"""The matrix: every route of a job, and everything that can come back from it instead of what should."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import Enum
from typing import Final

from tests.comfyui_server.hostile import Answer, bodies, connections, histories, statuses

UPLOAD: Final = "POST /upload/image"
PROMPT: Final = "POST /prompt"
HISTORY: Final = "GET /history/{prompt_id}"
VIEW: Final = "GET /view"
ROUTES: Final = (UPLOAD, PROMPT, HISTORY, VIEW)
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_SOON: Final = 2
"""Seconds that a server asks to wait."""

_COMMON: Final = frozenset(
    {*map(str, statuses.STATUSES), "413 without a body", "302 to another address"}
    | {"an empty body", "a page", "a body that is cut off", "a list as JSON", "200,000 deep as JSON"}
    | {"429 that never passes", "503 for an hour"}
)


class End(Enum):
    """How a job may end that met it."""

    DONE = "done"
    FAILED = "failed"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Cell:
    """One misfortune of one route. `times`: of so many requests, then all is well; None: of all of them.

    `retry_after`: the next request may come after so many seconds. `blames`: it is the server that does not answer, and
    that may be said.
    """

    name: str
    route: str
    answer: Answer
    end: End
    times: int | None = None
    retry_after: float | None = None
    blames: bool = False


def all_of(route: str, elsewhere: str) -> list[Cell]:
    """All of a route; redirects lead to the address `elsewhere`."""
    return [*answers(route, elsewhere), *_passing(route), *_connections(route)]


def some(elsewhere: str) -> list[Cell]:
    """Every status and the commonest misfortunes once, each at another route than the one before; and what passes."""
    shared = [[cell for cell in answers(route, elsewhere) if cell.name in _COMMON] for route in ROUTES]
    picked = (row[number % len(ROUTES)] for number, row in enumerate(zip(*shared, strict=True)))
    return [
        *picked,
        *(cell for number, route in enumerate(ROUTES) for cell in list(_passing(route))[number : number + 1]),
    ]


def answers(route: str, elsewhere: str) -> Iterator[Cell]:
    """What an answer can be, again and again."""
    for code in statuses.STATUSES:
        yield Cell(f"{code}", route, statuses.status(code), End.FAILED)
    for code in (413, 500):
        yield Cell(f"{code} without a body", route, statuses.status(code, body=""), End.FAILED)
    for code in _REDIRECTS:
        yield Cell(f"{code} to another address", route, statuses.redirect(code, f"{elsewhere}/stolen"), End.FAILED)
    # The member who waits for the job reads it within a minute.
    yield Cell("429 that never passes", route, statuses.status(429, "1"), End.FAILED)
    yield Cell("503 for an hour", route, statuses.status(503, "3600"), End.FAILED)
    # A prompt that is not acknowledged may be there anyway.
    end = End.FAILED if route in {UPLOAD, VIEW} else End.EITHER
    yield Cell("an empty body", route, bodies.EMPTY, end)
    yield Cell("a page", route, bodies.PAGE, end)
    yield Cell("a body that is cut off", route, bodies.cut_off, End.EITHER)
    for name, text in bodies.JSON_SHAPES.items():
        yield Cell(f"{name} as JSON", route, bodies.body(text), End.EITHER)
    if route == PROMPT:
        for name, node_errors in histories.NODE_ERRORS.items():
            yield Cell(f"node_errors: {name}", route, histories.refused(node_errors), End.FAILED)
    if route == HISTORY:
        for name, answer in histories.ODD_ENTRIES.items():
            yield Cell(f"an entry: {name}", route, answer, End.EITHER)
        yield Cell("files of odd names", route, histories.ODD_FILES, End.EITHER)
        yield Cell("clocks that are wrong", route, histories.CLOCKS, End.DONE)


def _passing(route: str) -> Iterator[Cell]:
    """What is over after a while: the server says when, or it is tried again."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=_SOON), usegmt=True)
    for code in (429, 503):
        answer = statuses.status(code, f"{_SOON}")
        yield Cell(f"{code} that passes", route, answer, End.DONE, times=1, retry_after=_SOON)
    yield Cell("503 until a time of day", route, statuses.status(503, date), End.DONE, times=1)
    yield Cell("502 once", route, statuses.status(502), End.DONE, times=1)


def _connections(route: str) -> Iterator[Cell]:
    yield Cell("a reset once", route, connections.reset, End.DONE, times=1, blames=True)
    yield Cell("a reset after the work, once", route, connections.reset_after, End.DONE, times=1, blames=True)
    yield Cell("a reset every time", route, connections.reset, End.EITHER, blames=True)
