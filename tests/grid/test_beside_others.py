"""Nobody waits for more than one job of somebody else's grid or flood, also on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn
from tests.grid.asking import FIVE, done_in, is_complete, start
from tests.looks import is_done
from tests.people import ALICE, BOB, MONA
from tests.recovery.studio import Studio, job_of
from tests.waiting import until


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> dict[str, str]:
    """The program's settings for its database."""
    return {"DATABASE_URL": request.getfixturevalue("postgresql_url")} if request.param == "postgresql" else {}


@pytest.fixture
async def studio(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path, database: dict[str, str]
) -> AsyncIterator[Studio]:
    async with Studio(discord, [comfyui], tmp_path, database) as studio:
        yield studio


async def has_two(comfyui: ComfyUIStandIn) -> None:
    """Until one job runs and another one is ready behind it."""
    await until(lambda: len(comfyui.executed) == 1 and len(comfyui.submitted) == 2)


async def test_another_member_waits_for_one_cell_at_most(
    discord: DiscordStandIn, studio: Studio, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    sheet = await start(discord, ALICE, FIVE)
    await has_two(comfyui)
    ready = comfyui.submitted[1]["prompt_id"]
    others = [await studio.order(BOB, "a whale"), await studio.order(MONA, "a crow")]
    await studio.submitted(others[0])
    comfyui.faults.hang_in = None
    for one in others:
        await one.message.until(is_done)
    await sheet.until(is_complete, 120)
    order = comfyui.executed
    assert order[1:3] == [job_of(one) for one in others], "the cell that was ready made way"
    assert ready in order[3:]
    assert len(set(order)) == len(order) == 27
    assert done_in(sheet) == 25


async def test_nor_for_more_than_one_job_of_a_flood(
    discord: DiscordStandIn, studio: Studio, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    flood = [await studio.order(ALICE, f"fox {number}") for number in range(6)]
    await has_two(comfyui)
    single = await studio.order(BOB, "a whale")
    await studio.submitted(single)
    comfyui.faults.hang_in = None
    for order in (single, *flood):
        await order.message.until(is_done)
    assert comfyui.executed[1] == job_of(single)
    assert len(set(comfyui.executed)) == len(comfyui.executed) == 7
