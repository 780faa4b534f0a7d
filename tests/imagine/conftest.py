"""Models for the real ComfyUI, and the program with a pack of each shape."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.commands.packs import write
from tests.discord_server import DiscordStandIn
from tests.imagine.shapes import (
    CHECKPOINT,
    CHECKPOINT_MANIFEST,
    FLUX,
    FLUX_MANIFEST,
    TINY,
    UNET,
    VIDEO,
    VIDEO_MANIFEST,
)
from tests.imagine.studio import Studio
from tests.programs import Program, heard
from tests.real_comfyui import RealComfyUI
from tests.real_comfyui.tiny_lora import write_lora


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workflows = tmp_path / "workflows"
    write(workflows, "paint", CHECKPOINT, CHECKPOINT_MANIFEST)
    write(workflows, "flux", FLUX, FLUX_MANIFEST)
    write(workflows, "video", VIDEO, VIDEO_MANIFEST)
    return workflows


@pytest.fixture
def furnished(real_comfyui: RealComfyUI) -> Iterator[RealComfyUI]:
    """The real ComfyUI with two checkpoints, two diffusion models and two LoRAs, for as long as the test runs."""
    models = real_comfyui.base / "models"
    checkpoint = (models / "checkpoints" / TINY).resolve()
    alternative = models / "checkpoints" / "zz" / "tiny-alt.safetensors"
    diffusion_models = models / "diffusion_models"
    copies = (alternative, diffusion_models / UNET, diffusion_models / "zz" / "alt-unet.safetensors")
    loras = (models / "loras" / "detail.safetensors", models / "loras" / "style" / "film_grain.safetensors")
    for path in (*copies, *loras):
        path.parent.mkdir(parents=True, exist_ok=True)
    for path in copies:
        path.symlink_to(checkpoint)
    write_lora(loras[0], 2, text_encoder=True)
    write_lora(loras[1], 3)
    yield real_comfyui
    # The folders stay: ComfyUI remembers them, and leaves out every node that lists a folder which is gone.
    for path in (*copies, *loras):
        path.unlink()


@pytest.fixture
async def studio(
    discord: DiscordStandIn,
    furnished: RealComfyUI,
    program: Program,
    folder: Path,
    workflow: str,
) -> AsyncIterator[Studio]:
    """The program at work, and a member who requests this workflow."""
    async with program({"COMFYUI_URLS": furnished.url}).ready() as bot:
        await heard(bot.log)
        yield Studio(discord, furnished, workflow)
