"""What a graph will take: which attached images count in their own size."""

from typing import Any

import pytest

from bot.workflows import effort
from bot.workflows.graphs.graph import Node
from tests.workflows.samples import GRAPH

PIXELS = 4000 * 3000


def node(class_type: str, **inputs: Any) -> Node:  # noqa: ANN401 - whatever a node takes
    return {"class_type": class_type, "inputs": inputs}


LOADER = {"1": node("LoadImage", image="mine")}
SAVED = {"9": node("SaveImage", images=["8", 0])}
DECODED = {"8": node("VAEDecode", samples=["7", 0], vae=["4", 2])} | SAVED
SAMPLED = {"7": node("KSampler", latent_image=["3", 0], positive=["6", 0], steps=4)} | DECODED
SMALL = {"3": node("EmptyLatentImage", width=512, height=512, batch_size=1)}

ITS_OWN_SIZE = {
    "img2img": {"3": node("VAEEncode", pixels=["1", 0])} | SAMPLED,
    "inpainting": {"3": node("VAEEncodeForInpaint", pixels=["1", 0], mask=["1", 1])} | SAMPLED,
    "upscaling": {"8": node("ImageUpscaleWithModel", upscale_model=["2", 0], image=["1", 0])} | SAVED,
    "a filter": {"8": node("ImageInvert", image=["1", 0])} | SAVED,
    "scaled down at the end": {"8": node("ImageScaleBy", image=["1", 0], scale_by=0.5)} | SAVED,
    "of a video": {"2": node("GetVideoComponents", video=["1", 0]), "8": node("CreateVideo", images=["2", 0], fps=24.0)}
    | {"9": node("SaveVideo", video=["8", 0])},
}
ANOTHER_SIZE = {
    "scaled first": {
        "2": node("ImageScale", image=["1", 0], width=512, height=512),
        "3": node("VAEEncode", pixels=["2", 0]),
    }
    | SAMPLED,
    "scaled to megapixels": {
        "2": node("ImageScaleToTotalPixels", image=["1", 0], megapixels=0.25),
        "3": node("VAEEncode", pixels=["2", 0]),
    }
    | SAMPLED,
    "as a pose": {"6": node("ControlNetApply", conditioning=["5", 0], image=["1", 0])} | SMALL | SAMPLED,
    "as a style": {"6": node("CLIPVisionEncode", clip_vision=["5", 0], image=["1", 0])} | SMALL | SAMPLED,
    "only shown": {"2": node("PreviewImage", images=["1", 0])} | SMALL | SAMPLED,
}


@pytest.mark.parametrize("which", ITS_OWN_SIZE)
def test_an_image_counts_in_its_own_size_where_the_graph_works_on_it(which: str) -> None:
    assert effort(LOADER | ITS_OWN_SIZE[which], {"mine": PIXELS}).pixels == PIXELS


@pytest.mark.parametrize("which", ANOTHER_SIZE)
def test_it_does_not_where_it_is_scaled_first_or_only_looked_at(which: str) -> None:
    assert effort(LOADER | ANOTHER_SIZE[which], {"mine": PIXELS}).pixels <= 512 * 512


def test_the_largest_counts_and_without_any_size_a_usual_one_does() -> None:
    graph = LOADER | ITS_OWN_SIZE["img2img"]
    assert effort(graph, {"mine": 100, "another": PIXELS}).pixels == 100
    assert effort(graph).pixels == 512 * 512
    assert effort(GRAPH, {"mine": PIXELS}).pixels == effort(GRAPH).pixels


BASE = {"3": node("EmptyLatentImage", width=512, height=512, batch_size=1)}
GROWING = {
    "a latent": {"5": node("LatentUpscaleBy", samples=["3", 0], scale_by=2.0)},
    "an image, as a linked number says": {
        "4": node("VAEDecode", samples=["3", 0]),
        "f": node("PrimitiveFloat", value=2.0),
        "5": node("ImageScaleBy", image=["4", 0], scale_by=["f", 0]),
    },
    "tile by tile": {"5": node("UltimateSDUpscale", image=["3", 0], upscale_by=2.0, tile_width=512, tile_height=512)},
    "step by step": {
        "4": node("ImageScaleBy", image=["3", 0], scale_by=4.0),
        "5": node("ImageScaleBy", image=["4", 0], scale_by=0.5),
        "6": node("ImageScaleBy", image=["3", 0], scale_by=0.5),
    },
    "to megapixels": {"5": node("ImageScaleToTotalPixels", image=["3", 0], megapixels=4.0)},
    "as megapixels in a node of their own say": {
        "5": node("ResolutionSelector", aspect_ratio="1:1", megapixels=4.0),
        "6": node("EmptyLatentImage", width=["5", 0], height=["5", 1], batch_size=1),
    },
}


@pytest.mark.parametrize("how", GROWING)
def test_an_image_counts_with_all_that_makes_it_larger(how: str) -> None:
    largest = {"to megapixels": 2048, "as megapixels in a node of their own say": 2048, "step by step": 2048}
    assert effort(BASE | GROWING[how]).pixels == largest.get(how, 1024) ** 2


def test_an_attached_image_counts_with_the_factor_by_which_it_grows() -> None:
    graph = LOADER | {"8": node("ImageScaleBy", image=["1", 0], scale_by=2.0)} | SAVED
    assert effort(graph, {"mine": PIXELS}).pixels == 4 * PIXELS


def test_numbers_count_where_they_stand_in_nodes_of_their_own() -> None:
    graph = {
        "side": node("PrimitiveInt", value=2048),
        "again": node("Reroute", anything=["side", 0]),
        "size": node("Resolutions", width=64, height=64, batch_size=6),
        "steps": node("PrimitiveInt", value=90),
        "1": node("EmptyLatentImage", width=["side", 0], height=["again", 0], batch_size=["size", 2]),
        "2": node("RepeatLatentBatch", samples=["1", 0], amount=3),
        "3": node("KSampler", latent_image=["2", 0], steps=["steps", 0]),
        "4": node("WanImageToVideo", latent=["3", 0], length=["side", 0]),
        # What only a run shows is not guessed.
        "5": node("EmptyLatentImage", width=["sum", 0], height=["sum", 0], batch_size=1),
        "sum": node("MathExpression", a=["side", 0], b=["side", 0], c=9000),
    }
    work = effort(graph)
    assert (work.pixels, work.steps, work.pictures, work.frames) == (2048 * 2048, 90, 18, 2048)


@pytest.mark.parametrize("name", ["length", "num_frames", "video_frames"])
def test_a_video_has_as_many_frames_as_its_graph_says(name: str) -> None:
    assert effort({"1": node("EmptyLatentVideo", width=64, height=64, **{name: 81})}).frames == 81


REWORKED = {
    "1": node("LoadVideo", file="mine"),
    "2": node("GetVideoComponents", video=["1", 0]),
    "3": node("ImageScale", image=["2", 0], width=512, height=512),
    "4": node("CreateVideo", images=["3", 0], fps=24.0),
    "5": node("SaveVideo", video=["4", 0]),
}


def test_an_attached_video_counts_with_its_length_where_the_graph_works_on_it() -> None:
    assert effort(REWORKED, {}, {"mine": 900}).frames == 900
    taken = REWORKED | {"1": node("VHS_LoadVideo", video="mine", frame_load_cap=48)}
    assert effort(taken, {}, {"mine": 900}).frames == 48
    shown = {"1": REWORKED["1"], "5": node("SaveVideo", video=["1", 0])}
    assert effort(shown, {}, {"mine": 900}).frames == 1
