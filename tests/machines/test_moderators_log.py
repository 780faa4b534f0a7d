"""The moderators' log over processes: however many write at once, one shows it, once and in the ledger's order."""

import asyncio

from bot.ledger import Act, Entry
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import REAL_RATE_LIMITS
from tests.ledgers import open_patiently
from tests.machines.cluster import Cluster, at_work

WRITERS, EACH = 4, 25


async def test_many_processes_write_and_the_channel_has_it_in_order(machines: Cluster) -> None:
    discord, ledger = machines.discord, machines.ledger
    guild = discord.guild
    channel = guild.channels[0]
    discord.faults.rate_limits = REAL_RATE_LIMITS
    await ledger.rules.set_guild(guild.id, audit_channel=channel.id)
    writers = [await open_patiently(machines.database_url) for _ in range(WRITERS)]

    async def write(number: int) -> None:
        for turn in range(EACH):
            entry = Entry(guild.id, Act.PAUSED, number + 1, detail=f"{number}-{turn}")
            await writers[number].audit.record(entry)

    def told() -> list[str]:
        texts = [message.content for message in reversed(discord.messages(channel))]
        return [line.rpartition(": ")[2] for text in texts for line in text.splitlines()]

    async with (
        ComfyUIStandIn() as one,
        ComfyUIStandIn() as other,
        machines.worker("first", one) as first,
        machines.worker("second", other) as second,
    ):
        await at_work(first)
        await at_work(second)
        await asyncio.gather(*map(write, range(WRITERS)))
        await discord.until(lambda: len(told()) >= WRITERS * EACH // 2)
        await first.kill()  # One of them shows it; the other continues.
        await discord.until(lambda: len(told()) >= WRITERS * EACH, 60)
    for writer in writers:
        await writer.close()
    stored = [line.detail for line in reversed(await ledger.audit.log(guild.id, limit=1000))]
    assert told() == stored
    assert sorted(stored) == sorted(f"{number}-{turn}" for number in range(WRITERS) for turn in range(EACH))
    for number in range(WRITERS):
        own = [detail for detail in stored if detail.startswith(f"{number}-")]
        assert own == [f"{number}-{turn}" for turn in range(EACH)]
    assert not [request for request in discord.requests if request.status == 429]
