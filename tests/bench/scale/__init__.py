"""`make bench ARGS=scale`: crowds of members, farms of servers, big images, and what each does to the bot."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final

from tests.bench.scale.big import big
from tests.bench.scale.crowd import crowd
from tests.bench.scale.farm import farm, silence
from tests.bench.scale.mixed import mixed
from tests.bench.scale.progress import Progress
from tests.bench.scale.tokens import tokens

SCENARIOS: Final[Mapping[str, Callable[[Progress], Awaitable[None]]]] = {
    "crowd": crowd,
    "big": big,
    "farm": farm,
    "mixed": mixed,
    "tokens": tokens,
    "silence": silence,
}


async def run(names: Collection[str]) -> None:
    """Print what the scenarios of these names measure; of all of them where none is named."""
    progress = Progress()
    for name, scenario in SCENARIOS.items():
        if not names or name in names:
            progress.say(f"\n{name}: {scenario.__doc__}")
            try:
                await scenario(progress)
            except (AssertionError, TimeoutError) as fault:
                # What the others measure is worth having anyway.
                progress.say(f"  It came to no end: {fault}")
