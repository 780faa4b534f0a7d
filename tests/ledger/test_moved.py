"""Another message shows a job: in its channel, or in the one where its image was published."""

from bot.ledger import Ledger
from tests.ledger.orders import order


async def test_a_job_that_moves_keeps_its_channel_unless_another_is_named(ledger: Ledger) -> None:
    new = order()
    await ledger.submit(new)
    await ledger.moved(new.id, 600)
    moved = await ledger.job(new.id)
    assert moved is not None
    assert (moved.message_id, moved.channel_id, moved.interaction_token) == (600, new.channel_id, "")
    await ledger.moved(new.id, 700, 70, visible=False)
    published = await ledger.job(new.id)
    assert published is not None
    assert (published.message_id, published.channel_id, published.channel_visible) == (700, 70, False)
