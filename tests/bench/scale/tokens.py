"""Twelve jobs of one channel whose tokens are old: Discord allows about one edit a second for all of them together."""

import itertools
from typing import Final

from tests.bench.scale.orders import Order, fates
from tests.bench.scale.progress import Progress
from tests.bench.scale.stage import Stage, stage
from tests.bench.scale.workflows import Workflow
from tests.discord_server import User

_JOBS: Final = 12
_FIRST_SECONDS, _STEP_SECONDS = 12.0, 3.0
"""How long the first job runs, and each further one longer: no two end together."""
_TOKEN_SECONDS: Final = 3.0
"""An answer is due within this time; what is edited later has no token."""
_PATIENCE_SECONDS: Final = 60.0


async def tokens(progress: Progress) -> None:
    """Twelve jobs run on as many servers while none of their tokens works any more."""
    progress.begin(f"{_JOBS} old tokens")
    async with stage(progress, _JOBS, Workflow(steps=40)) as on:
        on.discord.set_token_lifetime(_TOKEN_SECONDS)
        for number in range(_JOBS):
            await on.order(User(f"member{number}"), f"{_FIRST_SECONDS + number * _STEP_SECONDS}s a fox {number}")
        await on.until_over(_FIRST_SECONDS + _JOBS * _STEP_SECONDS + _PATIENCE_SECONDS)
        late = sorted(seconds for order in on.orders if (seconds := _late(on, order)) is not None)
        ages = sorted(age for order in on.orders if (age := _oldest_news(on, order)) is not None)
        waited = await on.waited()
        progress.say(f"  {_JOBS} jobs: {fates(on.orders)}")
        for what, figure in (
            ("429", on.too_many()),
            ("ComfyUI's end -> image at Discord", _spread(late)),
            ("oldest news while a job runs", _spread(ages)),
            ("edits through the channel", _edits(on)),
            ("longest silence of the loop", f"{on.longest_silence:.2f} s"),
            ("requests that waited", waited),
            ("of a core", on.processors()),
        ):
            progress.figure(what, figure)


def _late(on: Stage, order: Order) -> float | None:
    run = on.run_of(order)
    return None if run is None or run.ended is None or order.shown_at is None else order.shown_at - run.ended


def _oldest_news(on: Stage, order: Order) -> float | None:
    """How long a job's message showed one and the same state at most, while the job ran."""
    run = on.run_of(order)
    if run is None or run.ended is None:
        return None
    told = [state.at for state in order.states if run.began < state.at < run.ended]
    moments = [run.began, *told, run.ended]
    return max(later - earlier for earlier, later in itertools.pairwise(moments))


def _edits(on: Stage) -> int:
    return sum(one.method == "PATCH" and one.path.startswith("/channels/") for one in on.discord.requests)


def _spread(seconds: list[float]) -> str:
    return f"half within {seconds[len(seconds) // 2]:.1f} s, all within {seconds[-1]:.1f} s" if seconds else "none"
