"""What a server with ids of its own calls a job's prompt: known after a restart, and for that server only."""

from bot.ledger import Ledger
from tests.ledger.conftest import Opening
from tests.ledger.orders import order

RENTED, OTHER = "runpod://one", "runpod://other"


async def test_what_was_sent_is_known_to_the_next_process(ledger: Ledger, opening: Opening) -> None:
    job, _ = await ledger.submit(order())
    assert await ledger.sent.of(RENTED, job.id) is None
    await ledger.sent.note(RENTED, job.id, "")
    again = await opening()
    assert await again.sent.of(RENTED, job.id) == ""
    await again.sent.note(RENTED, job.id, "theirs-1")
    assert await ledger.sent.of(RENTED, job.id) == "theirs-1"


async def test_each_server_has_ids_of_its_own(ledger: Ledger) -> None:
    (job, _), (another, _) = await ledger.submit(order()), await ledger.submit(order())
    await ledger.sent.note(RENTED, job.id, "theirs-1")
    await ledger.sent.note(OTHER, job.id, "theirs-2")
    assert await ledger.sent.of(RENTED, another.id) is None
    await ledger.sent.drop(OTHER, job.id)
    assert await ledger.sent.of(OTHER, job.id) is None
    assert await ledger.sent.of(RENTED, job.id) == "theirs-1"
