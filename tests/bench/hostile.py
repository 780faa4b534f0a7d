"""`make bench ARGS=hostile`: one member's job meets a hostile server; what that takes of the bot, and of the others."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.scale.memory import Used
from tests.bench.scale.orders import Order, fates, waits
from tests.bench.scale.progress import Progress, measure_each
from tests.bench.scale.stage import stage
from tests.bench.scale.workflows import Workflow
from tests.comfyui_server.hostile.cases import CASES
from tests.discord_server import User

WORDS: Final = "a hostile fox"
"""What the job of the member who meets it is for."""
_SERVERS: Final = 1
_OTHERS: Final = 3
_PATIENCE_SECONDS: Final = 90.0


@dataclass(frozen=True, slots=True)
class Met:
    """What became of both, and what it took; seconds of the bot's event loop."""

    who_met_it: Order
    others: Sequence[Order]
    before: Used
    peak: Used
    longest_silence: float


async def run(names: Collection[str]) -> None:
    """Print what the cases of these names take; all of them where none is named."""
    await measure_each(names, CASES, _measure)


async def _measure(progress: Progress, name: str, _case: object) -> None:
    _tell(progress, name, await meet(progress, name))


async def meet(progress: Progress, name: str) -> Met:
    """Let one member's job meet a case while others order."""
    workflow = Workflow(websocket=CASES[name].websocket)
    async with stage(progress, _SERVERS, workflow, hostile=(name, WORDS)) as on:
        before = await on.rest()
        met = await on.order(User("alice"), f"1s {WORDS}")
        others = [await on.order(User(f"bob{number}"), f"0.3s a whale {number}") for number in range(_OTHERS)]
        await on.until_over(_PATIENCE_SECONDS)
        await on.figures()
        return Met(met, others, before, on.memory.peak, on.longest_silence)


def _tell(progress: Progress, name: str, met: Met) -> None:
    states = met.who_met_it.states
    progress.say(f"\n  {name}: {CASES[name].about}")
    for what, figure in (
        ("who met it", f"{fates([met.who_met_it])}: {_last_line(states[-1].content if states else '')}"),
        ("the others", f"{fates(met.others)}, {waits(met.others)}"),
        ("memory at rest, before", met.before),
        ("memory at its peak (<= 500 MiB)", met.peak),
        ("longest silence of the loop", f"{met.longest_silence:.2f} s"),
    ):
        progress.figure(what, figure)


def _last_line(text: str) -> str:
    return next((f"“{line[:120]}”" for line in reversed(text.splitlines()) if line.strip()), "nothing")
