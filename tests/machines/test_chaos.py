"""The whole contract at once, on a small scale: `python -m tests.machines.chaos` does the same with 1,000 jobs."""

import pytest

from tests.machines.chaos import chaos
from tests.machines.cluster import Cluster


@pytest.mark.parametrize("jobs", [24, pytest.param(150, marks=pytest.mark.endurance)])
async def test_jobs_survive_workers_that_die_at_random(machines: Cluster, jobs: int) -> None:
    outcome = await chaos(machines, jobs, seed=1)
    assert (outcome.lost, outcome.run_twice, outcome.delivered_twice) == (0, 0, 0), outcome
    assert outcome.kills
