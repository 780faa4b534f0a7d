"""The program in two guilds, with two checkpoints, and with a workflow that its ComfyUI lacks the nodes for."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import ENLARGE_MANIFEST, INVERT, write
from tests.discord_server import Channel, DiscordStandIn, Guild
from tests.imagine.shapes import CHECKPOINT, CHECKPOINT_MANIFEST, FLUX, FLUX_MANIFEST
from tests.recovery.studio import Studio

OTHER_MODEL: Final = "sdxl/other.safetensors"
SKETCH_MANIFEST: Final = """
title = "Sketch"
[parameters.prompt]
target = ["positive.text"]
[parameters.seed]
target = ["KSampler.seed"]
[parameters.count]
target = ["EmptyLatentImage.batch_size"]
max = 2
[parameters.width]
target = ["EmptyLatentImage.width"]
[parameters.height]
target = ["EmptyLatentImage.height"]
[parameters.checkpoint]
target = ["Load Checkpoint.ckpt_name"]
choices = ["tiny-random-sd15.safetensors"]
"""
"""It has no negative prompt, and one model."""

STYLES: Final = """
["Old photo"]
prompt = "an old photo of {prompt}"
[Watercolor]
prompt = "a watercolor of {prompt}"
"""


@pytest.fixture
def checkpoints() -> tuple[str, ...]:
    return ("tiny-random-sd15.safetensors", OTHER_MODEL)


@pytest.fixture
def gallery() -> Guild:
    """Another guild that has the bot."""
    return Guild("Gallery", (Channel("general"),))


@pytest.fixture
def guilds(gallery: Guild) -> tuple[Guild, ...]:
    return Guild("Studio", (Channel("general"),)), gallery


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workflows = tmp_path / "workflows"
    write(workflows, "paint", CHECKPOINT, CHECKPOINT_MANIFEST)
    write(workflows, "sketch", CHECKPOINT, SKETCH_MANIFEST)
    write(workflows, "flux", FLUX, FLUX_MANIFEST)
    write(workflows, "enlarge", INVERT, ENLARGE_MANIFEST)
    (workflows / "styles.toml").write_text(STYLES, encoding="utf-8")
    return workflows


@pytest.fixture
async def studio(discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path) -> AsyncIterator[Studio]:
    """The program with the workflow that ships, which can be killed, and its database."""
    async with Studio(discord, [comfyui], tmp_path, {"DIRECT_MESSAGES": "on"}) as studio:
        yield studio
