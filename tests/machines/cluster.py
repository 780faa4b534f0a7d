"""Many processes of one bot: gateways and workers on one PostgreSQL, between stand-ins for Discord and ComfyUI."""

import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.ledger import Job, JobState, Ledger, NewJob
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import txt2img
from tests.discord_server import BotProcess, DiscordStandIn, Guild, Message, User
from tests.ledgers import open_patiently
from tests.postgresql import fresh_database
from tests.programs import ROOT
from tests.waiting import until

LEASE_SECONDS: Final = 3.0
EVEN, ODD = (Guild(name, id=number << 22) for name, number in (("Even", 1 << 20), ("Odd", (1 << 20) + 1)))
_MANIFEST: Final = """
title = "Picture"
command = "paint"
default = true
[parameters.prompt]
target = ["6.text"]
[parameters.seed]
target = ["3.seed"]
[parameters.steps]
target = ["3.steps"]
default = 3
[parameters.checkpoint]
target = ["4.ckpt_name"]
choices = "server"
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """`ledger` is the tests' own look into the database that all processes share."""

    discord: DiscordStandIn
    database_url: str
    ledger: Ledger
    folder: Path

    def worker(
        self,
        name: str,
        *servers: ComfyUIStandIn,
        lease: float = LEASE_SECONDS,
        database_url: str | None = None,
        more: Mapping[str, str] | None = None,
    ) -> BotProcess:
        return self._process(name, "worker", [server.url for server in servers], lease, database_url, dict(more or {}))

    def gateway(
        self,
        shard: int,
        shards: int = 2,
        *,
        lease: float = LEASE_SECONDS,
        more: Mapping[str, str] | None = None,
        name: str | None = None,
    ) -> BotProcess:
        # Nobody is at that address: a gateway has no business with any ComfyUI.
        env = {"SHARD_COUNT": str(shards), "SHARD_IDS": str(shard), **(more or {})}
        return self._process(name or f"gateway {shard}", "gateway", ["http://127.0.0.1:9"], lease, None, env)

    def _process(
        self, name: str, role: str, urls: Sequence[str], lease: float, database_url: str | None, more: dict[str, str]
    ) -> BotProcess:
        env = {
            "ROLES": role,
            "COMFYUI_URLS": ",".join(urls),
            "DATABASE_URL": database_url or self.database_url,
            "DATA_DIR": str(self.folder / name),
            "WORKFLOWS_DIR": str(self.folder / "workflows"),
            "LEASE_SECONDS": str(lease),
        }
        log = self.folder / f"{name}.log"
        return BotProcess(self.discord, log=log, env=env | more, cwd=ROOT, name=name.replace(" ", "-"))

    async def order(self, user: User, *, prompt: str = "a cat", steps: int = 3) -> tuple[Job, Message]:
        """A job whose reply is there, as a gateway leaves it behind."""
        interaction = self.discord.answered("In line", user=user)
        values = {"prompt": prompt, "steps": steps, "seed": uuid.uuid4().int % 2**53}
        new = NewJob(
            id=str(uuid.uuid4()),
            guild_id=self.discord.guild.id,
            channel_id=interaction.channel.id,
            user_id=user.id,
            application_id=self.discord.bot.id,
            interaction_token=interaction.token,
            upload_limit=10 * 2**20,
            workflow="picture",
            values=values,
        )
        job, _ = await self.ledger.submit(new)
        await self.ledger.acknowledged(job.id, interaction.message.id)
        return job, interaction.message

    async def until_state(self, job: Job, *states: JobState, seconds: float = 30.0) -> Job:
        """The job, as soon as it is in one of these states."""
        found: list[Job] = []

        async def there() -> bool:
            now = await self.ledger.job(job.id)
            assert now is not None
            found.append(now)
            return now.state in states

        await until(there, seconds)
        return found[-1]


@contextlib.asynccontextmanager
async def cluster(folder: Path) -> AsyncIterator[Cluster]:
    """Stand-ins, a database of its own, and nobody at work yet."""
    (folder / "workflows").mkdir()
    (folder / "workflows" / "picture.json").write_text(json.dumps(txt2img()))
    (folder / "workflows" / "picture.toml").write_text(_MANIFEST)
    async with fresh_database() as url, DiscordStandIn(EVEN, ODD) as discord:
        ledger = await open_patiently(url)
        try:
            yield Cluster(discord, url, ledger, folder)
        finally:
            await ledger.close()


def deliveries(message: Message) -> int:
    """How often the message got its image."""
    return sum(any(file.filename.startswith("image-") for file in state.attachments) for state in message.states)


async def at_work(worker: BotProcess, starts: int = 1) -> None:
    """Until the worker has found its servers (all of them, and after so many starts)."""
    await until(lambda: worker.log.exists() and worker.log.read_text().count(" answers") >= starts)
