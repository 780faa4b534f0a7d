"""The whole contract at once: many jobs, while the workers are killed at random and started again."""

import pytest

from tests.machines.chaos import chaos
from tests.machines.cluster import Cluster


@pytest.mark.parametrize("jobs", [24, pytest.param(1000, marks=pytest.mark.endurance)])
async def test_jobs_survive_workers_that_die_at_random(machines: Cluster, jobs: int) -> None:
    outcome = await chaos(machines, jobs, seed=1)
    assert (outcome.lost, outcome.run_twice, outcome.delivered_twice) == (0, 0, 0), outcome
    assert outcome.kills
