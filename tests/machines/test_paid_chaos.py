"""Rented GPUs and a budget, while the workers are killed at random: nothing is lost, run twice, or spent unnoticed."""

import pytest

from tests.machines.cluster import Cluster
from tests.machines.paid_chaos import paid_chaos


@pytest.mark.parametrize("jobs", [6, pytest.param(24, marks=pytest.mark.endurance)])
async def test_no_job_is_lost_or_run_twice_and_no_budget_is_passed(machines: Cluster, jobs: int) -> None:
    outcome = await paid_chaos(machines, jobs, seed=19)
    assert (outcome.lost, outcome.run_twice, outcome.delivered_twice, outcome.unpaid) == (0, 0, 0, 0), outcome
    assert outcome.over <= 1 + outcome.unknown, outcome
    assert outcome.months > 1, outcome
