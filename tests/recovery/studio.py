"""The unmodified program between a Discord and ComfyUIs that a test can break, and its database."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Interaction, Request, User
from tests.programs import ROOT
from tests.waiting import until

_SIDE: Final = 64
"""Pixels: what becomes of an image does not depend on how large it is."""


def job_of(interaction: Interaction) -> str:
    """The id of the job that an order became, told by its button."""
    return next(
        str(button.custom_id).rpartition(":")[2]
        for state in interaction.message.states
        for button in state.buttons
        if str(button.custom_id).startswith("darkroom:cancel:")
    )


class Studio:
    """`async with Studio(discord, [comfyui], folder) as studio` starts the bot; it can be killed and started again."""

    def __init__(
        self,
        discord: DiscordStandIn,
        comfyuis: Sequence[ComfyUIStandIn],
        folder: Path,
        env: Mapping[str, str] | None = None,
        command: Sequence[str] | None = None,
    ) -> None:
        self.discord: Final = discord
        self.comfyuis: Final = comfyuis
        self.database: Final = folder / "data" / "darkroom.db"
        self.packs: Final = folder / "packs"
        self.packs.mkdir()
        for name in ("text_to_image.json", "text_to_image.toml"):
            text = (ROOT / "workflows" / name).read_text(encoding="utf-8")
            (self.packs / name).write_text(_small(text) if name.endswith("json") else text, encoding="utf-8")
        urls = ",".join(comfyui.url for comfyui in comfyuis)
        settled = {
            "COMFYUI_URLS": urls,
            "DATA_DIR": str(folder / "data"),
            "WORKFLOWS_DIR": str(self.packs),
            **(env or {}),
        }
        self.bot: Final = BotProcess(discord, log=folder / "bot.log", env=settled, cwd=ROOT, command=command)

    async def __aenter__(self) -> Self:
        await self.bot.__aenter__()
        await self.bot.wait_ready()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What was held up on purpose is let go: nobody is to end while somebody waits for ever.
        self.discord.faults.holds = None
        for comfyui in self.comfyuis:
            comfyui.faults.held.clear()
            comfyui.faults.hang_in = None
        await self.bot.__aexit__(kind, error, trace)

    def change_node(self, node_id: str, inputs: Mapping[str, object] | None = None, **node: object) -> None:
        """In the workflow that is the default, before the bot starts."""
        path = self.packs / "text_to_image.json"
        graph = json.loads(path.read_text(encoding="utf-8"))
        graph[node_id] |= {"inputs": graph[node_id]["inputs"] | dict(inputs or {}), **node}
        path.write_text(json.dumps(graph), encoding="utf-8")

    async def restart(self) -> None:
        """Killed, and started again."""
        await self.bot.kill()
        await self.start()

    async def start(self) -> None:
        await self.bot.start()
        await self.bot.wait_ready()

    async def order(self, user: User, prompt: str = "a fox", channel: Channel | None = None) -> Interaction:
        """`/imagine`, answered in public."""
        interaction = await self.discord.slash("imagine", user=user, prompt=prompt, seed=7, channel=channel)
        reply = await interaction.acknowledged()
        assert not reply.ephemeral, interaction.message.content
        return interaction

    async def submitted(self, interaction: Interaction) -> None:
        """Until a ComfyUI has the job."""
        job_id = job_of(interaction)
        await until(lambda: any(job_id == body["prompt_id"] for one in self.comfyuis for body in one.submitted))

    async def begun(self, interaction: Interaction) -> None:
        """Until a ComfyUI works on the job."""
        job_id = job_of(interaction)
        await until(lambda: any(job_id in one.executed for one in self.comfyuis))

    def executed(self) -> list[str]:
        """All that was run, anywhere."""
        return [job_id for comfyui in self.comfyuis for job_id in comfyui.executed]

    def deliveries(self, interaction: Interaction) -> list[Request]:
        """The requests that brought the image, answered or not."""
        quoted = interaction.message.content.splitlines()[0]
        brought = filter(brings_picture, self.discord.requests)
        return [request for request in brought if request.json["content"].startswith(quoted)]

    def states(self) -> dict[str, str]:
        """Every job's state in the ledger."""
        return dict(self.select("SELECT id, state FROM jobs"))

    def select(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connected() as connection:
            return connection.execute(statement, values).fetchall()

    def change(self, statement: str, *values: object) -> None:
        with self._connected() as connection, connection:
            connection.execute(statement, values)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Somebody else has the database for himself."""
        with self._connected() as connection:
            connection.execute("BEGIN EXCLUSIVE")
            try:
                yield
            finally:
                connection.rollback()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self.database, timeout=10)) as connection:
            yield connection


def brings_picture(request: Request) -> bool:
    """Whether it is the last edit of a job's message."""
    return request.method == "PATCH" and bool(request.files) and "✅" in request.json["content"]


def _small(text: str) -> str:
    graph = json.loads(text)
    for node in graph.values():
        if node["class_type"] == "EmptyLatentImage":
            node["inputs"] |= {"width": _SIDE, "height": _SIDE}
    return json.dumps(graph)
