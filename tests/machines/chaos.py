"""`python -m tests.machines.chaos --jobs 1000`: many jobs, while the workers are killed at random and started again.

Prints what became of them: how many are lost, were run twice, were delivered twice.
"""

import argparse
import asyncio
import contextlib
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.ledger import Job, JobState
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, Message, User
from tests.discord_server.prefork import template
from tests.machines.cluster import Cluster, at_work, cluster
from tests.postgresql import connection
from tests.waiting import until

USERS: Final = 50
WORKERS: Final = 4
_KILL_AFTER_SECONDS: Final = (0.2, 1.0)
_LEFT: Final = "SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`lost` did not end as done with their image in their message; `kills` is how often a worker was killed."""

    jobs: int
    lost: int
    run_twice: int
    delivered_twice: int
    kills: int
    takeovers: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.jobs} jobs by {USERS} users, {WORKERS} workers, {self.kills} kills, {self.takeovers} takeovers, "
            f"{self.seconds:.0f} s: "
            f"{self.lost} lost, {self.run_twice} run twice, {self.delivered_twice} delivered twice"
        )


async def chaos(machines: Cluster, jobs: int, seed: int) -> Outcome:
    """Order so many jobs at once, and kill one worker after the other until the last one is done."""
    chance = random.Random(seed)
    users = [User(f"user {number}") for number in range(USERS)]
    async with contextlib.AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(ComfyUIStandIn(steps_per_second=10)) for _ in range(WORKERS)]
        workers = [
            await stack.enter_async_context(machines.worker(f"worker {number}", server))
            for number, server in enumerate(servers)
        ]
        for worker in workers:
            await at_work(worker)
        began = time.monotonic()
        killing = await stack.enter_async_context(killing_at_random(workers, chance))
        ordered = [await machines.order(users[number % USERS], prompt=str(number), steps=2) for number in range(jobs)]
        ended = await _ended(machines, ordered)
        seconds = time.monotonic() - began
        executed = Counter(prompt_id for server in servers for prompt_id in server.executed)
    return Outcome(
        jobs,
        lost=sum(job.state is not JobState.DONE or not pictures(message) for job, message in ended),
        run_twice=sum(count > 1 for count in executed.values()),
        delivered_twice=sum(pictures(message) > 1 for _, message in ended),
        kills=killing.kills,
        takeovers=sum(job.takeovers for job, _ in ended),
        seconds=seconds,
    )


@dataclass(slots=True)
class _Killing:
    kills: int = 0


@contextlib.asynccontextmanager
async def killing_at_random(workers: list[BotProcess], chance: random.Random) -> AsyncIterator[_Killing]:
    """Kill any worker every now and then, once it has got to work, and start it again."""
    killing, starts = _Killing(), dict.fromkeys(workers, 1)

    async def run() -> None:
        while True:
            await asyncio.sleep(chance.uniform(*_KILL_AFTER_SECONDS))
            worker = chance.choice(workers)
            await at_work(worker, starts[worker])
            await worker.kill()
            killing.kills += 1
            starts[worker] += 1
            await worker.start()

    task = asyncio.create_task(run())
    try:
        yield killing
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _ended(machines: Cluster, ordered: list[tuple[Job, Message]]) -> list[tuple[Job, Message]]:
    """All of them as they ended. Fails if no job ends for a minute."""
    left = len(ordered)
    async with connection(machines.database_url) as database:

        async def fewer() -> bool:
            nonlocal left
            before, left = left, int(await database.fetchval(_LEFT))
            return left < before

        while left:
            await until(fewer, 60)
    return [(await machines.until_state(job, *JobState), message) for job, message in ordered]


def pictures(message: Message) -> int:
    """How many edits brought the message an image that it had not yet."""
    brought = {file.id for state in message.states for file in state.attachments if file.filename.startswith("image-")}
    return len(brought)


async def _main(jobs: int, seed: int) -> None:
    with template(), tempfile.TemporaryDirectory() as folder:
        async with cluster(Path(folder)) as machines:
            print(await chaos(machines, jobs, seed), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.machines.chaos", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    asyncio.run(_main(arguments.jobs, arguments.seed))
