"""What travels along a graph's links: the stand-in's notion of latents and conditionings."""

from dataclasses import dataclass, field

from PIL import Image

from tests.comfyui_server.painting import Scene

Picture = Image.Image


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    loras: tuple[tuple[str, float], ...] = ()
    """Their names and weights, the first added first."""


@dataclass(frozen=True, slots=True)
class Conditioning:
    prompt_text: str
    structure: Picture | None = None
    """What a ControlNet holds the image to."""
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Latent:
    """`width` and `height` are pixels of the decoded image."""

    width: int
    height: int
    batch_size: int
    pictures: tuple[Picture, ...] = ()
    scenes: tuple[Scene, ...] = ()
    """The scene that a sampler made, so that a second pass refines the same scene."""
    mask: Picture | None = field(default=None)
    leftover_noise: float = 0.0
