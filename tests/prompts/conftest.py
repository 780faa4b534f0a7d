"""The program with every kind of workflow and a folder of wildcards, and a member who asks."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import PAINT, RESTYLE, RESTYLE_MANIFEST, write
from tests.discord_server import BotProcess, DiscordStandIn, Guild, Message, answered
from tests.discord_server.resolving import Value
from tests.imagine.shapes import CHECKPOINT, CHECKPOINT_MANIFEST
from tests.looks import is_over
from tests.people import ALICE, MODERATORS

Ask = Callable[..., Awaitable[Message]]
UNSEEDED = """
title = "Unseeded"
command = "unseeded"
[parameters.prompt]
target = ["positive.text"]
"""


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", roles=(MODERATORS,)),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workflows = tmp_path / "workflows"
    write(workflows, "paint", CHECKPOINT, CHECKPOINT_MANIFEST)
    write(workflows, "restyle", RESTYLE, RESTYLE_MANIFEST)
    write(workflows, "unseeded", PAINT, UNSEEDED)
    return workflows


@pytest.fixture
def wildcards(tmp_path: Path) -> Path:
    folder = tmp_path / "wildcards"
    (folder / "animals").mkdir(parents=True)
    (folder / "animals" / "cats.txt").write_text("__size__ lynx\n__size__ ocelot\n__size__ serval\n__size__ caracal\n")
    (folder / "size.txt").write_text("\n".join(f"number {number}" for number in range(50)))
    return folder


@pytest.fixture
def settings(wildcards: Path) -> dict[str, str]:
    return {"WILDCARDS_DIR": str(wildcards)}


@pytest.fixture
def ask(discord: DiscordStandIn, bot: BotProcess) -> Ask:
    """A command with a prompt, up to the end of its job or the refusal."""

    async def asked(prompt: str, command: str = "imagine", **options: Value) -> Message:
        interaction = await answered(discord.slash(command, user=ALICE, options={"prompt": prompt, **options}))
        return await interaction.message.until(lambda one: one.ephemeral or is_over(one))

    return asked


def posted(comfyui: ComfyUIStandIn) -> list[dict[str, Any]]:
    """The graphs that reached ComfyUI, in order."""
    return [body["prompt"] for body in comfyui.submitted]


def texts(comfyui: ComfyUIStandIn) -> list[str]:
    """Their prompts."""
    return [graph["6"]["inputs"]["text"] for graph in posted(comfyui)]
