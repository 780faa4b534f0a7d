"""A cluster with nobody at work yet."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.machines.cluster import Cluster, cluster


# Before pytest-xdist's own, which reads the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Each wants up to 40 of the 100 connections that PostgreSQL has as it is installed: one at a time.
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("machines"))


@pytest.fixture
async def machines(tmp_path: Path) -> AsyncIterator[Cluster]:
    async with cluster(tmp_path) as machines:
        yield machines
