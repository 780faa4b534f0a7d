"""Many members at once: all of them get their images, and nobody reads that a server is away."""

from dataclasses import dataclass
from typing import Final

from tests.bench.scale.orders import fates, images_per_second, server_faults, waits
from tests.bench.scale.progress import Progress
from tests.bench.scale.stage import Stage, stage

_PROMPT: Final = "0.3s a fox"


@dataclass(frozen=True, slots=True)
class _Crowd:
    about: str
    servers: int
    members: int
    within: float
    more: float
    """Seconds after the last order in which the rest should be made."""
    each: int = 1
    open_files: int | None = None


_CROWDS: Final = (
    _Crowd("250 members within a minute, one server", servers=1, members=250, within=60, more=60),
    _Crowd("130 members within 15 s, four servers", servers=4, members=130, within=15, more=30),
    _Crowd("100 members within 15 s, 256 open files", servers=1, members=100, within=15, more=45, open_files=256),
    _Crowd("60 members with ten orders each, four servers", servers=4, members=60, each=10, within=30, more=75),
)


async def crowd(progress: Progress) -> None:
    """Images of 0.3 s; all members should get theirs, and none should read that a server is away."""
    for one in _CROWDS:
        progress.begin(one.about)
        async with stage(progress, one.servers, open_files=one.open_files) as on:
            await on.until_ordered(on.crowd(one.members, one.each, one.within, _PROMPT))
            await on.until_over(one.more)
            await told(on, one.about)


async def told(on: Stage, about: str) -> None:
    """What every scenario with members tells."""
    waited = await on.waited()
    on.progress.say(f"  {about}: {fates(on.orders)}")
    for what, figure in (
        ("images a second", f"{images_per_second(on.orders):.2f}"),
        ("seconds until shown", waits(on.orders)),
        ("members who read of a server away", server_faults(on.orders)),
        ("longest silence of the loop", f"{on.longest_silence:.2f} s"),
        ("memory at its peak", on.memory.peak),
        ("requests that waited", waited),
        ("429", on.too_many()),
        ("of a core", on.processors()),
    ):
        on.progress.figure(what, figure)
