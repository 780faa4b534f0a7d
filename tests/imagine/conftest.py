"""Models for the real ComfyUI, and the program with a pack of each shape."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.packs import write
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
    for path in (alternative, diffusion_models / UNET, diffusion_models / "zz" / "alt-unet.safetensors"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(checkpoint)
    write_lora(models / "loras" / "detail.safetensors", 2, text_encoder=True)
    write_lora(models / "loras" / "style" / "film_grain.safetensors", 3)
    yield real_comfyui
    for added in (alternative.parent, diffusion_models, models / "loras"):
        shutil.rmtree(added)
