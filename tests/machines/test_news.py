"""Wake-ups and cancellations between processes: by NOTIFY, and read again from the ledger where that was not heard."""

from bot.ledger import JobState
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import User
from tests.looks import is_done, is_running, says
from tests.machines.cluster import Cluster, at_work
from tests.postgresql import connection

ALICE, BOB = User("alice"), User("bob")
LONG_LEASE = 60.0
"""No renewal and no look around comes to help within the time that these tests wait."""
SOON = 10.0


async def test_what_was_missed_while_nobody_listened_is_read_again(machines: Cluster) -> None:
    async with (
        ComfyUIStandIn(steps_per_second=10) as comfyui,
        machines.worker("worker", comfyui, lease=LONG_LEASE) as worker,
        connection(machines.database_url) as database,
    ):
        await at_work(worker)
        running, shown = await machines.order(ALICE, steps=500)
        await shown.until(is_running)
        ended = await database.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'darkroom news'"
        )
        assert len(ended) == 1
        await machines.ledger.cancel(running.id, by=ALICE.id)
        _, waiting = await machines.order(BOB)
        await shown.until(says("🛑"), SOON)
        await waiting.until(is_done, SOON)
        await machines.until_state(running, JobState.CANCELLED)
