"""A grid is one thing in every list, however many of its cells are there. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from bot.ledger import Job
from bot.translation import _

T = TypeVar("T")


def one_for_each_grid(things: Iterable[T], job_in: Callable[[T], Job]) -> list[tuple[T, int]]:
    """The things in their order, without all cells of a grid but the first; with how many cells each stands for."""
    first: dict[str | int, T] = {}
    counts: dict[str | int, int] = {}
    for number, thing in enumerate(things):
        key = job_in(thing).grid_id or number
        first.setdefault(key, thing)
        counts[key] = counts.get(key, 0) + 1
    return [(thing, counts[key]) for key, thing in first.items()]


def with_cells(words: str, job: Job, count: int) -> str:
    """The words for a job, or for the grid that it stands for."""
    return words if job.grid_id is None else _("grid of {count}: {what}").format(count=count, what=words)
