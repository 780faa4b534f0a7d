"""What is old enough to be deleted is decided by Discord's clock."""

import contextlib
import sqlite3
import time
from pathlib import Path

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn
from tests.looks import is_done
from tests.people import ALICE
from tests.recovery.studio import Studio, job_of
from tests.waiting import until

DAY = 86_400.0


async def test_a_clock_that_is_100_days_ahead_deletes_nothing_early(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with Studio(discord, [comfyui], tmp_path, {"HISTORY_DAYS": "90"}) as studio:
        old, young = [await studio.order(ALICE, prompt) for prompt in ("an old fox", "a young fox")]
        for order in (old, young):
            await order.message.until(is_done)
        await studio.bot.terminate()
        with contextlib.closing(sqlite3.connect(studio.database)) as database, database:
            # By this machine's clock, which is wrong, both are older than 90 days.
            for order, days in ((old, 200), (young, 105)):
                ended = time.time() - days * DAY
                database.execute("UPDATE jobs SET finished_at = ? WHERE id = ?", (ended, job_of(order)))
        discord.faults.clock_ahead = -100 * DAY
        await studio.start()
        await until(lambda: len(studio.select("SELECT id FROM jobs")) < 2)
        await studio.bot.says("deleted 1 jobs")
        assert studio.select("SELECT id FROM jobs") == [(job_of(young),)]
