"""The whole program between a Discord and a ComfyUI, with packs of the test's own."""

from pathlib import Path

import pytest

from tests.commands.packs import CHECKPOINT, INVERT, INVERT_MANIFEST, PAINT, PAINT_MANIFEST, write
from tests.discord_server import Channel, Guild


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", (Channel("general"), Channel("after-dark", nsfw=True))), Guild("Gallery"))


@pytest.fixture
def checkpoints() -> tuple[str, ...]:
    return ("first.safetensors", "sdxl/second.safetensors")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two packs: one for /imagine, one with a command of its own that takes an image."""
    workflows = tmp_path / "workflows"
    write(workflows, "paint", PAINT, PAINT_MANIFEST + CHECKPOINT)
    write(workflows, "negate", INVERT, INVERT_MANIFEST)
    return workflows
