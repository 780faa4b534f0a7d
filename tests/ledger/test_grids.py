"""Grids in the ledger, on both engines: all cells or none, one thing for moderators, images that are bounded."""

import uuid

import pytest

from bot.errors import LimitReached
from bot.ledger import Allowance, Axis, JobState, Ledger, NewGrid
from bot.ledger.grids.images import KEPT_GRIDS
from tests.ledger.orders import GUILD, HERE, MODERATOR, OWNER, UPLOAD_LIMIT, order


async def create(ledger: Ledger, cells: int = 4, allowance: Allowance | None = None) -> str:
    """A grid whose sheet's message is known."""
    grid = NewGrid(
        id=str(uuid.uuid4()),
        guild_id=GUILD,
        channel_id=200,
        user_id=OWNER,
        application_id=300,
        interaction_token="a-made-up-token",
        upload_limit=UPLOAD_LIMIT,
        channel_visible=True,
        private=False,
        workflow="text_to_image",
        prompt="a cat",
        axes=[Axis(option="steps", labels=[str(number) for number in range(cells)])],
    )
    jobs = [order(grid_id=grid.id, cell=number) for number in range(cells)]
    await ledger.grids.create(grid, jobs, allowance or Allowance())
    await ledger.grids.acknowledged(grid.id, 400)
    return grid.id


async def test_over_a_limit_no_cell_is_stored(ledger: Ledger) -> None:
    with pytest.raises(LimitReached):
        await create(ledger, 4, Allowance(daily=3))
    assert not await ledger.active_of(OWNER)
    assert not await ledger.grids.open()


async def test_cells_have_places_like_other_jobs(ledger: Ledger) -> None:
    grid_id = await create(ledger)
    cells = await ledger.grids.cells(grid_id)
    assert [cell.cell for cell in cells] == [0, 1, 2, 3]
    assert {cell.message_id for cell in cells} == {400}
    await ledger.submit(order(2))
    await ledger.acknowledged((await ledger.active_of(2))[0].id, 401)
    claimed = [await ledger.claim(HERE) for _claim in range(5)]
    assert [job.user_id for job in claimed if job is not None][:2].count(2) == 1, "one cell goes first, at most"


async def test_what_a_moderator_does_to_one_cell_is_done_to_all(ledger: Ledger) -> None:
    cells = await ledger.grids.cells(await create(ledger))
    assert await ledger.hold_back(cells[2].id, GUILD, by=MODERATOR) is not None
    assert {one.held_by for one in await ledger.grids.cells(cells[0].grid_id or "")} == {MODERATOR}
    assert await ledger.release(cells[1].id, GUILD) is not None
    assert await ledger.to_the_front(cells[3].id, GUILD) is not None
    assert len(await ledger.stop(GUILD, by=MODERATOR, job_id=cells[0].id)) == 4
    assert {one.state for one in await ledger.grids.cells(cells[0].grid_id or "")} == {JobState.CANCELLED}


async def test_a_cell_is_taken_out_once(ledger: Ledger) -> None:
    grid_id = await create(ledger)
    cell = (await ledger.grids.cells(grid_id))[0]
    assert await ledger.grids.take_out(cell, 500)
    assert not await ledger.grids.take_out(cell, 501)
    await ledger.grids.moved(grid_id, 600)
    assert [one.message_id for one in await ledger.grids.cells(grid_id)] == [500, 600, 600, 600]
    await ledger.grids.deleted(grid_id, by=OWNER)
    assert [one.deleted_by for one in await ledger.grids.cells(grid_id)] == [None, OWNER, OWNER, OWNER]


async def test_images_of_older_grids_make_room(ledger: Ledger) -> None:
    kept, grid_id = [], ""
    for _grid in range(KEPT_GRIDS + 1):
        grid_id = await create(ledger, 1)
        (cell,) = await ledger.grids.cells(grid_id)
        await ledger.grids.cancel(grid_id, by=OWNER)
        await ledger.grids.close(grid_id, tell=False)
        await ledger.shelf.keep_result(cell.id, b"image")
        kept.append(cell.id)
    found = [await ledger.shelf.result(job_id) is not None for job_id in kept]
    assert found == [False, *[True] * KEPT_GRIDS]
    await ledger.prune(-1)
    assert await ledger.grids.grid(grid_id) is None
