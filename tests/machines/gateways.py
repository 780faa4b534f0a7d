"""Two gateways with one token, one shard and one database, and a worker: each interaction reaches both gateways."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, Interaction, Request
from tests.ledger.orders import look
from tests.machines.cluster import Cluster, at_work, cluster

PATIENCE = 30.0
"""Seconds. Discord waits for three, which says nothing on a machine with much else to do."""
ALARM = "another program uses this bot's token"


@dataclass(frozen=True, slots=True)
class Siblings:
    machines: Cluster
    left: BotProcess
    right: BotProcess
    worker: BotProcess
    comfyui: ComfyUIStandIn

    @property
    def discord(self) -> DiscordStandIn:
        return self.machines.discord

    def first_answers(self, interaction: Interaction) -> list[Request]:
        """All tries to give this interaction its first answer."""
        path = f"/interactions/{interaction.id}/"
        return [one for one in self.discord.requests if one.path.startswith(path)]

    def answered_by_one(self, interaction: Interaction) -> bool:
        """Whether one process has tried. One that takes longer than a second looks dead to the other, which says in its
        log that it answers in its place.
        """
        most = 2 if f"interaction {interaction.id}: process" in self.logs() else 1
        return 1 <= len(self.first_answers(interaction)) <= most

    async def process_of(self, interaction: Interaction) -> str | None:
        """The id of the process that takes care of this interaction."""
        found = await look(
            self.machines.database_url,
            f"SELECT taken_by FROM interactions WHERE id = {interaction.id} AND NOT ended",  # noqa: S608
        )
        return str(found[0][0]) if found else None

    async def lease_passes(self, interaction: Interaction, process: str | None) -> None:
        """As if this process, which has died, had not renewed its lease for long enough. An interaction without an
        answer is taken over sooner than that, as with the true lease.
        """
        await look(
            self.machines.database_url,
            "UPDATE interactions SET lease_until = 0 "  # noqa: S608
            f"WHERE id = {interaction.id} AND taken_by = '{process}' AND answer IS NOT NULL AND NOT ended",
        )

    def logs(self) -> str:
        return "".join(one.log.read_text(errors="replace") for one in (self.left, self.right))


@contextlib.asynccontextmanager
async def siblings(folder: Path, *, lease: float = 3.0) -> AsyncIterator[Siblings]:
    """All of them at work."""
    async with contextlib.AsyncExitStack() as stack:
        machines = await stack.enter_async_context(cluster(folder))
        comfyui = await stack.enter_async_context(ComfyUIStandIn())
        machines.discord.set_answer_deadline(PATIENCE)
        left, right = (machines.gateway(0, 1, name=name, lease=lease) for name in ("left", "right"))
        worker = machines.worker("worker", comfyui, lease=lease)
        for process in (left, right, worker):
            await stack.enter_async_context(process)
        for gateway in (left, right):
            await gateway.wait_ready()
            await gateway.says("another process runs jobs on")
        await at_work(worker)
        yield Siblings(machines, left, right, worker, comfyui)
