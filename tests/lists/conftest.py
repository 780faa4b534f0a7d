"""Two guilds, three workflows, and the whole program between them."""

from pathlib import Path

import pytest

from tests.commands.packs import (
    CHECKPOINT,
    INVERT,
    INVERT_MANIFEST,
    PAINT,
    PAINT_MANIFEST,
    RESTYLE,
    RESTYLE_MANIFEST,
    write,
)
from tests.discord_server import Channel, Guild


def studio_and_gallery() -> tuple[Guild, Guild]:
    return Guild("Studio", (Channel("general"), Channel("attic"))), Guild("Gallery", (Channel("lobby"),))


def write_packs(folder: Path) -> Path:
    oil = PAINT_MANIFEST.replace('["positive.text"]', '["positive.text"]\ntemplate = "oil painting, {value}"')
    write(folder, "paint", PAINT, oil + CHECKPOINT)
    write(folder, "negate", INVERT, INVERT_MANIFEST)
    write(folder, "restyle", RESTYLE, RESTYLE_MANIFEST + CHECKPOINT)
    return folder


@pytest.fixture
def guilds() -> tuple[Guild, Guild]:
    return studio_and_gallery()


@pytest.fixture
def checkpoints() -> tuple[str, ...]:
    return ("first.safetensors",)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_packs(tmp_path / "workflows")
