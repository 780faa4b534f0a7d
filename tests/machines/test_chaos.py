"""The whole contract at once: many jobs, while the workers are killed at random and started again."""

import asyncio
import os
import sys

import pytest

from tests.machines.chaos import chaos
from tests.machines.cluster import Cluster
from tests.programs import ROOT


@pytest.mark.parametrize("jobs", [24, pytest.param(1000, marks=pytest.mark.endurance)])
async def test_jobs_survive_workers_that_die_at_random(machines: Cluster, jobs: int) -> None:
    outcome = await chaos(machines, jobs, seed=1)
    assert (outcome.lost, outcome.run_twice, outcome.delivered_twice) == (0, 0, 0), outcome
    assert outcome.kills


async def test_as_the_documentation_calls_it() -> None:
    """In a process of its own, which is no part of a test run."""
    alone = {name: value for name, value in os.environ.items() if name != "TEMPLATE_OF_BOTS"}
    command = (sys.executable, "-m", "tests.machines.chaos", "--jobs", "2")
    process = await asyncio.create_subprocess_exec(*command, env=alone, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    assert b"0 lost, 0 run twice, 0 delivered twice" in told
