"""Which workflows change a part of an image, and how each wants its mask. Pure."""

from pathlib import Path
from typing import Any

import pytest

from bot.workflows import Pack
from bot.workflows.library.continuations import inpainting_of, variation_of
from bot.workflows.library.inpainting import inpainting_in
from bot.workflows.manifests.pack import load_packs
from tests.commands.packs import RESTYLE, RESTYLE_MANIFEST, pack
from tests.programs import ROOT

IMAGE = '[parameters.image]\ntarget = ["Picture.image"]\n'
MASK = '[parameters.{name}]\ntarget = ["Mask.image"]\n'
PROMPT = '[parameters.prompt]\ntarget = ["positive.text"]\n'


def node(class_type: str, title: str, **inputs: object) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": title}}


def graph(source: list[object], /, **more: dict[str, Any]) -> dict[str, Any]:
    """RESTYLE, with a noise mask that comes from there."""
    masked = node("SetLatentNoiseMask", "Masked", samples=["2", 0], mask=source)
    sampler = {**RESTYLE["3"], "inputs": {**RESTYLE["3"]["inputs"], "latent_image": ["masked", 0]}}
    return {**RESTYLE, "3": sampler, "masked": masked, **more}


LOADED = node("LoadImageMask", "Mask", image="a.png", channel="red")
BY_ALPHA = node("LoadImageMask", "Mask", image="a.png", channel="alpha")
TURNED = node("InvertMask", "Turned", mask=["mask", 0])
GROWN = node("GrowMask", "Grown", mask=["turned", 0], expand=4, tapered_corners=True)
SECOND = node("LoadImage", "Mask", image="a.png")
AS_MASK = node("ImageToMask", "As mask", image=["mask", 0], channel="red")

WAYS: dict[str, tuple[dict[str, Any], str | None, str]] = {
    "a grey file": (graph(["mask", 0], mask=LOADED), "mask", "white"),
    "the file's alpha": (graph(["mask", 0], mask=BY_ALPHA), "mask", "transparent"),
    "turned": (graph(["grown", 0], mask=LOADED, turned=TURNED, grown=GROWN), "mask", "black"),
    "alpha, turned": (graph(["turned", 0], mask=BY_ALPHA, turned=TURNED), "mask", "opaque"),
    "an image's second output": (graph(["mask", 1], mask=SECOND), "area", "transparent"),
    "an image made a mask": (graph(["as_mask", 0], mask=SECOND, as_mask=AS_MASK), "mask", "white"),
    "its own transparency": (graph(["1", 1]), None, "transparent"),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_a_mask_is_told_from_the_graph(tmp_path: Path, way: str) -> None:
    drawn, name, form = WAYS[way]
    manifest = f'title = "T"\n{IMAGE}{PROMPT}{MASK.format(name=name) if name else ""}'
    found = inpainting_in(pack(tmp_path, drawn, manifest))
    assert found is not None
    assert (found.image, found.mask, found.form) == ("image", name, form)


@pytest.mark.parametrize(
    ("drawn", "manifest"),
    [
        (RESTYLE, RESTYLE_MANIFEST),
        (graph(["mask", 0], mask=LOADED), IMAGE + MASK.format(name="mask")),
        (graph(["mask", 0], mask=LOADED), MASK.format(name="mask") + PROMPT),
        (graph(["mask", 0], mask=SECOND), IMAGE + MASK.format(name="other") + PROMPT),
    ],
    ids=["no mask", "no prompt", "no image", "two images"],
)
def test_others_change_no_part(tmp_path: Path, drawn: dict[str, Any], manifest: str) -> None:
    assert inpainting_in(pack(tmp_path, drawn, manifest)) is None


def packs_of(folder: Path) -> list[Pack]:
    drawn, name, _form = WAYS["its own transparency"]
    assert name is None
    return [pack(folder, drawn, f'title = "T"\n{IMAGE}{PROMPT}', "erase")]


def test_the_pack_that_is_known_for_it_is_taken_and_it_is_no_variation(tmp_path: Path) -> None:
    shipped = list(load_packs(ROOT / "workflows")[0].values())
    own = packs_of(tmp_path)
    found, other = inpainting_of([*own, *shipped]), inpainting_of(own)
    assert found is not None
    assert other is not None
    assert (found.pack.name, found.image, found.mask, found.form) == ("inpaint", "image", "mask", "white")
    assert other.pack.name == "erase"
    assert variation_of(own) is None
    assert inpainting_of([one for one in shipped if one.name != "inpaint"]) is None
