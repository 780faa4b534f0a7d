"""Jobs of images that are larger than Discord takes: what all of the bot's processes take for them together."""

from dataclasses import dataclass
from typing import Final

from tests.bench.scale.orders import fates, waits
from tests.bench.scale.progress import Progress
from tests.bench.scale.stage import stage
from tests.bench.scale.workflows import Workflow
from tests.discord_server import User

_SERVERS: Final = 2
_SECONDS: Final = "1s"
"""Each job's time on its server: what is measured comes after it."""
_SETTLED_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Jobs:
    about: str
    jobs: int
    workflow: Workflow
    deadline: float


_ALL: Final = (
    _Jobs("eight jobs of four 2048 x 2048 (12.6 MB each)", 8, Workflow("large", side=2048, count=4), deadline=180),
    _Jobs("six jobs of two 4096 x 4096 (50 MB each)", 6, Workflow("huge", side=4096, count=2), deadline=240),
)


async def big(progress: Progress) -> None:
    """Images of noise, two servers: memory of all the bot's processes together, and how long until all are shown."""
    for one in _ALL:
        progress.begin(one.about)
        async with stage(progress, _SERVERS, one.workflow) as on:
            before = await on.rest()
            for number in range(one.jobs):
                await on.order(User(f"member{number}"), f"{_SECONDS} noise {number}")
            await on.until_over(one.deadline)
            peak = on.memory.peak
            await on.idle(_SETTLED_SECONDS, "letting it settle")
            after = await on.rest()
            progress.say(f"  {one.about}: {fates(on.orders)}")
            for what, figure in (
                ("seconds until shown", waits(on.orders)),
                ("memory at rest, before", before),
                ("memory at its peak", f"{peak}: {peak.times(before):.1f} times"),
                ("memory at rest, after", f"{after}: {after.times(before):.1f} times"),
                ("longest silence of the loop", f"{on.longest_silence:.2f} s"),
                ("of a core", on.processors()),
            ):
                progress.figure(what, figure)
