"""A cluster with nobody at work yet."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.machines.cluster import Cluster, cluster


@pytest.fixture
async def machines(tmp_path: Path) -> AsyncIterator[Cluster]:
    async with cluster(tmp_path) as machines:
        yield machines
