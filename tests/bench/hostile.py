"""`make bench ARGS=hostile`: one member's job meets a hostile server; what that takes of the bot, and of the others."""

from collections.abc import Collection
from typing import Final

from tests.bench.scale.orders import fates, waits
from tests.bench.scale.progress import Progress
from tests.bench.scale.stage import stage
from tests.bench.scale.workflows import Workflow
from tests.comfyui_server.hostile.cases import CASES
from tests.discord_server import User

WORDS: Final = "a hostile fox"
"""What the job of the member who meets it is for."""
_SERVERS: Final = 1
_OTHERS: Final = 3
_PATIENCE_SECONDS: Final = 90.0


async def run(names: Collection[str]) -> None:
    """Print what the cases of these names take; all of them where none is named."""
    progress = Progress()
    for name, case in CASES.items():
        if not names or name in names:
            progress.begin(name)
            try:
                await _meet(progress, name)
            except (AssertionError, TimeoutError) as fault:
                # What the others measure is worth having all the same.
                progress.say(f"  {name}: {case.about}: it came to no end: {fault}")


async def _meet(progress: Progress, name: str) -> None:
    case = CASES[name]
    workflow = Workflow(websocket=case.websocket)
    async with stage(progress, _SERVERS, workflow, hostile=(name, WORDS)) as on:
        before = await on.rest()
        met = await on.order(User("alice"), f"1s {WORDS}")
        for number in range(_OTHERS):
            await on.order(User(f"bob{number}"), f"0.3s a whale {number}")
        await on.until_over(_PATIENCE_SECONDS)
        await on.figures()
        others = [order for order in on.orders if order is not met]
        progress.say(f"\n  {name}: {case.about}")
        for what, figure in (
            ("who met it", f"{fates([met])}: {_last_line(met.states[-1].content if met.states else '')}"),
            ("the others", f"{fates(others)}, {waits(others)}"),
            ("memory at rest, before", before),
            ("memory at its peak (<= 500 MiB)", on.memory.peak),
            ("longest silence of the loop", f"{on.longest_silence:.2f} s"),
        ):
            progress.figure(what, figure)


def _last_line(text: str) -> str:
    return next((f"“{line[:120]}”" for line in reversed(text.splitlines()) if line.strip()), "nothing")
