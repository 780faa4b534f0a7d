"""Many servers: what they take of memory, and how long the bot's event loop is silent because of them."""

import time
from dataclasses import dataclass
from typing import Final

from tests.bench.scale.memory import Used
from tests.bench.scale.orders import answers, fates, server_faults
from tests.bench.scale.progress import Progress
from tests.bench.scale.stage import Stage, stage
from tests.bench.scale.workflows import Workflow

_FEW, _MANY = 2, 50
_MEMBERS, _EACH, _WITHIN_SECONDS, _CHANNELS = 100, 11, 30.0, 5
_WORKFLOW: Final = Workflow(steps=20)
_PROMPT: Final = "20s a fox"
"""A step and a preview a second on each server. About 1,000 wait when the last order has come."""
_SETTLED_SECONDS: Final = 10.0
_START_SECONDS: Final = 5.0
"""After all servers answer, the bot has still some of the start's work to do."""
_MINUTE_SECONDS: Final = 62.0
"""What the metrics remember, and a little more: nothing of what was before is in it."""


@dataclass(frozen=True, slots=True)
class _Silences:
    """Seconds."""

    start: float
    minute: float


async def farm(progress: Progress) -> None:
    """2 servers and 50, and about 1,000 waiting for the 50 (100 members with eleven orders each, in five channels)."""
    progress.begin(f"{_FEW} servers")
    async with stage(progress, _FEW, _WORKFLOW) as on:
        few = await _settled(on)
    progress.begin(f"{_MANY} servers and {_MEMBERS * _EACH:,} orders")
    async with stage(progress, _MANY, _WORKFLOW, channels=_CHANNELS) as on:
        many = await _settled(on)
        start = on.longest_silence
        coming = time.monotonic()
        await on.until_ordered(on.crowd(_MEMBERS, _EACH, _WITHIN_SECONDS, _PROMPT))
        full = await _settled(on)
        active = (await on.figures()).get("darkroom_jobs_active", 0.0)
        running = sum(run.ended is None for run in on.comfyuis.runs)
        await on.idle(coming + _MINUTE_SECONDS - time.monotonic(), "the rest of a minute")
        on.longest_silence = 0.0
        waited = await on.waited()
        progress.say(f"  {len(on.orders):,} orders: {fates(on.orders)}")
        for what, figure in (
            (f"memory with {_FEW} servers", few),
            (f"memory with {_MANY} servers", f"{many}: {many.times(few):.2f} times"),
            (f"the same with {active - running:,.0f} waiting", f"{full}: {full - many} more"),
            ("memory at its peak", on.memory.peak),
            ("seconds until answered", answers(on.orders)),
            ("members who read of a server away", server_faults(on.orders)),
            ("longest silence at the start", f"{start:.2f} s"),
            ("longest silence in the orders' minute", f"{on.longest_silence:.2f} s"),
            ("requests that waited", waited),
            ("429", on.too_many()),
            ("of a core", on.processors()),
        ):
            progress.figure(what, figure)


async def silence(progress: Progress) -> None:
    """The longest silences of the loop with 2 servers and with 50: at the start, and in the minute after."""
    few, many = await _silences(progress, _FEW), await _silences(progress, _MANY)
    for when, one, other in (("at the start", few.start, many.start), ("in the minute after", few.minute, many.minute)):
        progress.figure(when, f"{_FEW} servers {one:.3f} s, {_MANY} servers {other:.3f} s")


async def _silences(progress: Progress, servers: int) -> _Silences:
    progress.begin(f"{servers} servers")
    async with stage(progress, servers) as on:
        await on.idle(_START_SECONDS, "the start")
        await on.figures()
        start = on.longest_silence
        await on.idle(_MINUTE_SECONDS, "a minute")
        on.longest_silence = 0.0
        await on.figures()
        return _Silences(start, on.longest_silence)


async def _settled(on: Stage) -> Used:
    await on.idle(_SETTLED_SECONDS, "letting it settle")
    return await on.rest()
