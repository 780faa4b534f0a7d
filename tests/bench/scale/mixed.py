"""Short and long jobs on two servers: does anybody wait while a server idles, and what does going on cost?"""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Final

from tests.bench.scale.crowd import told
from tests.bench.scale.orders import Order
from tests.bench.scale.progress import Progress
from tests.bench.scale.stage import Stage, stage
from tests.bench.scale.timeline import gaps, idle_while_waiting
from tests.bench.scale.workflows import Workflow
from tests.discord_server import User
from tests.waiting import until

_FACTOR: Final = 4
"""By which all durations are shorter than those that they stand for."""
_SERVERS: Final = 2
_WORKFLOWS: Final = (Workflow("quick"), Workflow("usual", steps=20), Workflow("slow", steps=20))
_SECONDS: Final = {"quick": 0.3, "usual": 8.0, "slow": 40.0}
_COMING_SECONDS: Final = 45.0
_EVERY_SECONDS: Final = 0.65
"""On average. With what the weights give, two servers are busy for three quarters of the time."""
_WEIGHTS: Final = {"quick": 14, "usual": 3, "slow": 1}
_ROUNDS: Final = 2
_YIELD_SECONDS: Final = 0.6
"""An order may lie about for so long before a server is bound to have it."""
_PATIENCE_SECONDS: Final = 60.0


async def mixed(progress: Progress) -> None:
    """Two servers: members come at random; and the third order behind a job of 40 s and one of 8 s."""
    progress.say(f"  All durations are divided by {_FACTOR}: 0.3, 8 and 40 s take {_scaled()} s.")
    progress.begin("members come")
    async with stage(progress, _SERVERS, *_WORKFLOWS) as on:
        await on.until_ordered(_come(on))
        await on.until_over(_PATIENCE_SECONDS)
        await told(on, f"members come for {_COMING_SECONDS:.0f} s")
        _tell_idling(on)
    progress.begin("the third order")
    async with stage(progress, _SERVERS, *_WORKFLOWS) as on:
        for number in range(1, _ROUNDS + 1):
            third, fourth = await _third(on, number)
            progress.figure(
                f"third order, round {number}", f"{third} after the 8 s server is free; a later one {fourth}"
            )


def _scaled() -> str:
    return ", ".join(f"{seconds / _FACTOR:.2g}" for seconds in _SECONDS.values())


async def _come(on: Stage) -> None:
    drawn = random.Random(7)
    end = time.monotonic() + _COMING_SECONDS
    number = 0
    while (now := time.monotonic()) < end:
        (name,) = drawn.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
        await _order(on, name, number)
        number += 1
        await asyncio.sleep(min(end - now, drawn.expovariate(1 / _EVERY_SECONDS)))


async def _order(on: Stage, workflow: str, number: int) -> Order:
    prompt = f"{_SECONDS[workflow] / _FACTOR}s a fox {number}"
    return await on.order(User(f"member{number}"), prompt, workflow=workflow)


def _tell_idling(on: Stage) -> None:
    now = time.monotonic()
    waiting = [(order.interaction.made, _began(on, order) or now) for order in on.orders]
    busy = {
        url: [(run.began, run.ended or now) for run in on.comfyuis.runs if run.url == url] for url in on.comfyuis.urls
    }
    idled = [end - begin for begin, end in idle_while_waiting(waiting, busy)]
    ordered = {order.job_id: order.interaction.made for order in on.orders}
    between = [
        gap
        for url, spans in busy.items()
        for gap in gaps(spans, [ordered.get(run.prompt_id, now) for run in on.comfyuis.runs if run.url == url])
    ]
    longer = sum(seconds > _YIELD_SECONDS for seconds in idled)
    on.progress.figure(
        "a job waits while a server idles",
        f"{sum(idled):.1f} s in all, at most {max(idled, default=0.0):.1f} s at a time, "
        f"{longer} times more than {_YIELD_SECONDS} s",
    )
    on.progress.figure("between two images on one server", _middle(between))


def _middle(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none followed another at once"
    ordered = sorted(1000 * one for one in seconds)
    return f"half within {ordered[len(ordered) // 2]:.0f} ms, all within {ordered[-1]:.0f} ms (n={len(ordered)})"


async def _third(on: Stage, number: int) -> tuple[str, str]:
    """When two more orders begin, counted from the end of the shorter of two jobs that were there before them."""
    on.progress.show(f"round {number} of {_ROUNDS}")
    long, short = await _order(on, "slow", 4 * number), await _order(on, "usual", 4 * number + 1)
    await until(lambda: _began(on, long) is not None and _began(on, short) is not None)
    third = await _order(on, "quick", 4 * number + 2)
    await asyncio.sleep(_SECONDS["usual"] / _FACTOR / 2)
    fourth = await _order(on, "quick", 4 * number + 3)
    await on.until_over(_PATIENCE_SECONDS)
    freed = on.run_of(short)
    free_at = None if freed is None else freed.ended
    return _after(free_at, _began(on, third)), _after(free_at, _began(on, fourth))


def _after(free_at: float | None, began: float | None) -> str:
    return "never" if free_at is None or began is None else f"{began - free_at:.2f} s"


def _began(on: Stage, order: Order) -> float | None:
    run = on.run_of(order)
    return None if run is None else run.began
