"""Whatever a server sends, the bot takes no more memory than a small machine has, and everybody else is served."""

from pathlib import Path

import pytest

from tests.bench.hostile import meet
from tests.bench.scale.progress import Progress
from tests.comfyui_server.hostile.cases import CASES

MOST_BYTES = 500 * 2**20


@pytest.mark.endurance
@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux tells")
@pytest.mark.parametrize("name", CASES)
async def test_a_hostile_server_takes_no_more_memory_than_there_is(name: str) -> None:
    met = await meet(Progress(), name)
    assert met.peak.proportional < MOST_BYTES, met.peak
    assert all(order.shown_at is not None for order in met.others)
    assert met.who_met_it.over
