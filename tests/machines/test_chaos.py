"""The whole contract at once, on a small scale: `python -m tests.machines.chaos` does the same with 1,000 jobs."""

from tests.machines.chaos import chaos
from tests.machines.cluster import Cluster


async def test_jobs_survive_workers_that_die_at_random(machines: Cluster) -> None:
    outcome = await chaos(machines, jobs=100, seed=1)
    assert (outcome.lost, outcome.run_twice, outcome.delivered_twice) == (0, 0, 0), outcome
    assert outcome.kills
