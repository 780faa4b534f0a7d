"""What a claim costs: the server's own figure, else the time that it took, else nobody can tell."""

import asyncio
from decimal import Decimal

import pytest

from bot.comfyui import Finished, open_session, server_at, stop
from bot.errors import Interrupted, Lost, Rejected, Untraceable
from bot.ledger import Bill
from bot.worker.placement.meter import Meter
from tests.comfyui_server import ComfyUIStandIn

PROMPT = "0c791ad9-84c4-436a-b989-baf7942dd22a"


def meter() -> Meter:
    return Meter(Decimal("0.5"), None)


async def test_the_servers_figures_count_with_the_start_of_its_worker() -> None:
    one = meter()
    one.begun(0)
    one.ended(PROMPT, Finished((), None, seconds=2.0, waking_seconds=1.0))
    # Told twice, as after a poll that was repeated; and a second prompt, for images that got lost on the way.
    one.ended(PROMPT, Finished((), None, seconds=2.0, waking_seconds=1.0))
    one.ended("another", Finished((), None, seconds=1.0))
    assert one.read() == Bill(2_000_000)


async def test_without_a_figure_the_time_counts_until_the_server_was_left() -> None:
    one = meter()
    one.begun(asyncio.get_running_loop().time() - 4)
    one.left()
    first = one.read()
    assert first.cost is not None
    assert first.cost >= 2_000_000
    await asyncio.sleep(0.01)
    assert one.read() == first


@pytest.mark.parametrize("error", [Interrupted(), Rejected("invalid_workflow", "no such node")])
async def test_what_never_began_costs_nothing(error: Interrupted | Rejected) -> None:
    one = meter()
    assert one.read() == Bill(0)
    one.ended(PROMPT, Finished((), error))
    assert one.read() == Bill(0)


async def test_what_nobody_can_tell() -> None:
    one = meter()
    one.failed(Lost(PROMPT))
    assert one.read() == Bill(0)
    one.failed(Untraceable(PROMPT))
    assert one.read() == Bill(None)
    # It was over before anybody saw it begin.
    other = meter()
    other.ended(PROMPT, Finished((), None))
    assert other.read() == Bill(None)


async def test_what_a_server_that_cannot_be_reached_did_not_say(stand_in: ComfyUIStandIn) -> None:
    one = meter()
    async with open_session() as session:
        server = server_at(stand_in.url, session)
        await stand_in.stop()
        assert await stop(server, PROMPT, ended=one.ended) is None
    assert one.read() == Bill(None)


async def test_partner_nodes_cost_by_the_run_also_on_a_free_server() -> None:
    one = Meter(None, None)
    assert not one.runs
    one.pays_partners(7)
    assert one.read() == Bill(0)
    one.ended(PROMPT, Finished((), None, seconds=2.0))
    assert one.read() == Bill(7)
    one.paid()
    assert one.read() == Bill(0)
