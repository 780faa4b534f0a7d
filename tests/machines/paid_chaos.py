"""Jobs on rented GPUs, while the workers are killed at random and started again.

One worker has Comfy API v2, one RunPod. The month's budget pays for a few jobs; when it is spent, a new month begins.
Every run takes one second by the services' own figures, so that what a month may cost is known exactly.
"""

import contextlib
import random
from collections import Counter
from dataclasses import dataclass
from typing import Final

from bot.ledger import JobState
from bot.worker.run.claimed_job import MOST_TAKEOVERS
from tests.api_v2 import installation
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import User
from tests.machines.chaos import killing_at_random, pictures
from tests.machines.cluster import Cluster, at_work
from tests.postgresql import connection
from tests.runpod_server import RunPodStandIn
from tests.waiting import until

USERS: Final = 10
COST: Final = 1_000_000
"""Of one run, in millionths."""
AFFORDED: Final = 3
"""Jobs a month."""
_PATIENCE_SECONDS: Final = 90.0
_SPENT: Final = "SELECT coalesce(sum(cost), 0) FROM spending WHERE month > '2000'"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`untraceable`: RunPod could not tell what became of them, so they were not sent again. `given_up` met the deaths
    of too many workers. `lost` ended neither so nor with their image, and `endings` is what became of those. `unpaid`
    were billed less than they ran.
    `unknown` is what was billed on top, in runs: where nobody can tell what a claim cost, all that was reserved for it
    counts. `over` is the most by which a month passed its budget, in runs; `months` is how many there were.
    """

    jobs: int
    lost: int
    untraceable: int
    given_up: int
    run_twice: int
    delivered_twice: int
    over: float
    months: int
    unpaid: int
    unknown: float
    kills: int
    endings: tuple[str, ...]


async def paid_chaos(machines: Cluster, jobs: int, seed: int) -> Outcome:
    """Order so many jobs at once, and kill one worker after the other until the last one has ended."""
    chance = random.Random(seed)
    users = [User(f"user {number}") for number in range(USERS)]
    async with contextlib.AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(ComfyUIStandIn(steps_per_second=10)) for _ in range(2)]
        (machines.folder / "proxy").mkdir()
        installed = await stack.enter_async_context(installation(servers[0].url, machines.folder / "proxy"))
        runpod = await stack.enter_async_context(RunPodStandIn(servers[1].url))
        runpod.wake()
        runpod.faults.execution_ms = installed.gate.execution_ms = COST // 1000
        rules = {"PRICE_PER_SECOND": "1", "SPEND_LIMIT": str(AFFORDED)}
        workers = [
            await stack.enter_async_context(machines.worker(f"worker {number}", more={**env, **rules}))
            for number, env in enumerate((installed.environment, runpod.environment()))
        ]
        for worker in workers:
            await at_work(worker)
        killing = await stack.enter_async_context(killing_at_random(workers, chance))
        ordered = [await machines.order(users[number % USERS], prompt=str(number), steps=2) for number in range(jobs)]
        months = await _ended(machines)
        runs = Counter(body["prompt"]["3"]["inputs"]["seed"] for server in servers for body in server.submitted)
    ended = [(await machines.until_state(job, *JobState), message) for job, message in ordered]
    bad = [job for job, message in ended if job.state is not JobState.DONE or not pictures(message)]
    unknown = [job for job in bad if job.state is JobState.FAILED and "can’t tell what happened" in (job.reason or "")]
    given_up = [job for job in bad if job not in unknown and job.takeovers >= MOST_TAKEOVERS]
    lost = [job for job in bad if job not in unknown and job not in given_up]
    extra = [(job.charged or 0) - COST * runs[job.values["seed"]] for job, _ in ended]
    return Outcome(
        jobs,
        lost=len(lost),
        untraceable=len(unknown),
        given_up=len(given_up),
        run_twice=sum(count > 1 for count in runs.values()),
        delivered_twice=sum(pictures(message) > 1 for _, message in ended),
        over=(max(months) - AFFORDED * COST) / COST,
        months=len(months),
        unpaid=sum(one < 0 for one in extra),
        unknown=sum(extra) / COST,
        kills=killing.kills,
        endings=tuple(f"{job.state}, {job.takeovers} takeovers: {job.reason}" for job in lost),
    )


async def _ended(machines: Cluster) -> list[int]:
    """What each month cost, once all jobs have ended. Whenever a budget is used up, the next month begins."""
    months: list[int] = []
    guild_id = machines.discord.guild.id
    async with connection(machines.database_url) as database:

        async def settled() -> bool:
            active = await machines.ledger.active_in(guild_id)
            resting = await database.fetchval("SELECT count(*) FROM servers WHERE rest = 'budget'")
            busy = any(job.state is JobState.RUNNING or job.reserved for job in active)
            return not active or (resting > 0 and not busy)

        while True:
            await until(settled, _PATIENCE_SECONDS)
            if spent := int(await database.fetchval(_SPENT)):
                months.append(spent)
            if not await machines.ledger.active_in(guild_id):
                return months
            await database.execute(f"UPDATE spending SET month = '{1000 + len(months)}-01' WHERE month > '2000'")  # noqa: S608
