"""Many servers: what they take of memory, and how long the bot's event loop is silent because of them."""

from dataclasses import dataclass
from typing import Final

from tests.bench.scale.memory import Used
from tests.bench.scale.orders import answers, fates
from tests.bench.scale.progress import Progress
from tests.bench.scale.stage import Stage, stage

_FEW, _MANY = 2, 50
_MEMBERS, _EACH, _WITHIN_SECONDS, _CHANNELS = 100, 10, 40.0, 5
_FOREVER: Final = "900s a fox"
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
    """2 servers and 50, and 1,000 orders for the 50 (100 members with ten each, in five channels)."""
    progress.begin(f"{_FEW} servers")
    async with stage(progress, _FEW) as on:
        few = await _settled(on)
    progress.begin(f"{_MANY} servers and {_MEMBERS * _EACH:,} orders")
    async with stage(progress, _MANY, channels=_CHANNELS) as on:
        many = await _settled(on)
        start = on.longest_silence
        await on.until_ordered(on.crowd(_MEMBERS, _EACH, _WITHIN_SECONDS, _FOREVER))
        full = await _settled(on)
        on.longest_silence = 0.0
        active = (await on.figures()).get("darkroom_jobs_active", 0.0)
        running = sum(run.ended is None for run in on.comfyuis.runs)
        for line in (
            f"  memory with {_FEW} servers                  {few}",
            f"  memory with {_MANY} servers                 {many}, {many.times(few):.2f} times",
            f"  the same with 1,000 orders             {full}, more by {full - many}",
            f"    peak                                 {on.memory.peak}",
            f"    in the ledger                        {active:.0f} active, {running} of them running on a server",
            f"    orders                               {fates(on.orders)}, answered: {answers(on.orders)}",
            f"  longest silence at the start           {start:.2f} s",
            f"  while the orders came                  {on.longest_silence:.2f} s",
            f"  429                                    {on.too_many()}",
            f"  of a core                              {on.processors()}",
        ):
            progress.say(line)


async def silence(progress: Progress) -> None:
    """The longest silences of the loop with 2 servers and with 50: at the start, and in the minute after."""
    few, many = await _silences(progress, _FEW), await _silences(progress, _MANY)
    for when, one, other in (("at the start", few.start, many.start), ("in the minute after", few.minute, many.minute)):
        times = other / one if one else float("inf")
        progress.say(f"  {when:20} {_FEW} servers {one:.2f} s, {_MANY} servers {other:.2f} s: {times:.1f} times")


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
