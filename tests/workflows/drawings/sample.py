"""What the drawings have in common: a model, two texts, an image that is saved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.workflows import Graph
from tests.workflows.known import Drawing, output

Link = list[object]


@dataclass(frozen=True, slots=True)
class Sample:
    """`expected`: parameter -> targets as a manifest writes them; `unclear`: parameter -> candidates."""

    graph: Graph
    expected: Mapping[str, tuple[str, ...]]
    unclear: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def checkpoint(drawing: Drawing, title: str = "model") -> tuple[Link, Link, Link]:
    loader = drawing.add("CheckpointLoaderSimple", title)
    return loader, output(loader, 1), output(loader, 2)


def encoded(drawing: Drawing, title: str, clip: Link, text: object) -> Link:
    return drawing.add("CLIPTextEncode", title, clip=clip, text=text)


def sample(
    drawing: Drawing,
    model: Link,
    positive: Link,
    negative: Link,
    latent: Link | None = None,
    *,
    title: str = "sampler",
    **more: object,
) -> Link:
    """Of an empty image, unless there is another."""
    begun = latent or drawing.add("EmptyLatentImage", "latent")
    return drawing.add("KSampler", title, model=model, positive=positive, negative=negative, latent_image=begun, **more)


def save(drawing: Drawing, vae: Link, samples: Link) -> Graph:
    drawing.add("SaveImage", images=drawing.add("VAEDecode", samples=samples, vae=vae))
    return drawing.graph


PLAIN: Final[dict[str, tuple[str, ...]]] = {
    "prompt": ("one.text",),
    "negative": ("two.text",),
    "seed": ("sampler.seed",),
    "steps": ("sampler.steps",),
    "cfg": ("sampler.cfg",),
    "checkpoint": ("model.ckpt_name",),
}
SIZED: Final[dict[str, tuple[str, ...]]] = {
    "width": ("latent.width",),
    "height": ("latent.height",),
    "count": ("latent.batch_size",),
}


def all_but(name: str) -> dict[str, tuple[str, ...]]:
    """What a sized drawing has, without one of its parameters."""
    return {other: targets for other, targets in (PLAIN | SIZED).items() if other != name}
