"""The shipped packs at work: on the stand-in, and on a real ComfyUI those whose models it has."""

import aiohttp
import pytest
from PIL import Image, ImageDraw

from bot.workflows import Missing
from tests.comfyui_server import ComfyUIStandIn
from tests.packs.checking import problems
from tests.packs.running import Bench, mean_difference
from tests.packs.shipped import PACKS, edges

QUICK = {"steps": 2, "prompt": "a lighthouse"}
SMALL = {"width": 64, "height": 96}
MEGAPIXELS = 0.05  # 256 x 192 pixels of an image of 4 to 3
GREEN, RED = (0, 200, 0), (200, 0, 0)


def sample() -> Image.Image:
    picture = Image.new("RGB", (320, 240), GREEN)
    ImageDraw.Draw(picture).rectangle((0, 0, 160, 240), fill=RED)
    return picture


# --- On both


async def test_text_to_image_takes_the_first_checkpoint_there_is(at: Bench) -> None:
    pictures = await at.run("text_to_image", {**QUICK, **SMALL, "cfg": 4.0, "count": 2, "seed": 1})
    assert [picture.size for _, picture in pictures] == [(64, 96)] * 2
    assert mean_difference(*(picture for _, picture in pictures)) > 1


async def test_a_restyled_picture_keeps_its_shape(at: Bench) -> None:
    name = await at.upload(sample())
    values = {**QUICK, "image": name, "strength": 0.5, "megapixels": MEGAPIXELS}
    ((_, picture),) = await at.run("image_to_image", values)
    # 0.3.75 cannot scale to multiples of 8: there the encoder cuts off what is beyond them.
    assert picture.size in {(264, 200), (264, 192)}


async def test_inpainting_leaves_alone_what_is_black_in_the_mask(at: Bench) -> None:
    mask = Image.new("L", sample().size, 0)
    ImageDraw.Draw(mask).rectangle((0, 0, 100, 240), fill=255)
    values = {
        **QUICK,
        "image": await at.upload(sample()),
        "mask": await at.upload(mask),
        "megapixels": MEGAPIXELS,
        "strength": 1.0,
        "grow": 4,
    }
    ((_, picture),) = await at.run("inpaint", values)
    right = picture.crop((picture.width * 2 // 3, 8, picture.width - 8, picture.height - 8))
    assert mean_difference(right, Image.new("RGB", right.size, GREEN)) < 1
    left = picture.crop((8, 8, picture.width // 4, picture.height - 8))
    assert mean_difference(left, Image.new("RGB", left.size, RED)) > 5


async def test_a_card_needs_no_model_and_looks_like_its_options(at: Bench) -> None:
    values = {"width": 120, "height": 80, "grain": 0.0, "colors": 256, "dither": "none"}
    ((_, morning),) = await at.run("no_model", {**values, "daylight": 1.0, "sun": 1, "sun_height": 1})
    ((_, dusk),) = await at.run("no_model", {**values, "daylight": 0.0, "sun": 7, "sun_height": 4})
    assert morning.size == dusk.size == (120, 80)
    assert grey(morning, 115, 5) > grey(dusk, 5, 5) + 50
    assert grey(morning, 20, 20) > grey(morning, 60, 20) + 20
    assert grey(dusk, 100, 60) > grey(dusk, 60, 60) + 20
    assert blue(morning, 60, 5) > blue(morning, 60, 75)


async def test_a_seed_says_which_grain_a_card_gets(at: Bench) -> None:
    values = {"width": 64, "height": 64, "grain": 0.4}
    cards = [(await at.run("no_model", values | {"seed": seed}))[0][1] for seed in (1, 2, 1)]
    assert mean_difference(cards[0], cards[1]) > 1
    assert mean_difference(cards[0], cards[2]) == 0


@pytest.mark.parametrize("dither", PACKS["no_model"].parameters["dither"].choices or ())
async def test_a_card_can_be_printed_in_every_pattern(at: Bench, dither: str) -> None:
    ((_, card),) = await at.run("no_model", {"width": 64, "height": 64, "dither": dither, "colors": 4})
    assert len(card.convert("RGB").getcolors() or ()) <= 4


async def test_a_card_comes_out_at_the_edges_of_every_option(at: Bench) -> None:
    pack = at.library.packs["no_model"]
    for edge in edges(pack):
        # The largest of all cards takes seconds and shows no more than the widest and the highest do.
        values = {**edge, "height": 64} if {"width", "height"} <= edge.keys() else edge
        ((_, card),) = await at.run("no_model", {"width": 64, "height": 64, **values})
        assert card.size == (values.get("width", 64), values.get("height", 64)), values


def grey(picture: Image.Image, x: int, y: int) -> int:
    return picture.convert("L").tobytes()[y * picture.width + x]


def blue(picture: Image.Image, x: int, y: int) -> int:
    return picture.convert("RGB").tobytes()[3 * (y * picture.width + x) + 2]


# --- On the stand-in only, which has their models


async def test_upscaling_needs_no_words_and_can_stop_at_twice(at_stand_in: Bench) -> None:
    name = await at_stand_in.upload(sample())
    ((_, picture),) = await at_stand_in.run("upscale", {"image": name, "shrink": 0.5})
    assert picture.size == (640, 480)


async def test_draft_and_refine_makes_two_stages_the_refined_one_first(
    at_stand_in: Bench, stand_in: ComfyUIStandIn
) -> None:
    values = {"prompt": "a lighthouse", "width": 512, "height": 512, "seed": 5}
    pictures = await at_stand_in.run("draft_and_refine", values)
    assert [(picked.caption, picture.size) for picked, picture in pictures] == [
        ("Refined", (768, 768)),
        ("Draft", (512, 512)),
    ]
    graph = stand_in.submitted[-1]["prompt"]
    assert {graph[node_id]["inputs"]["seed"] for node_id in ("6", "13")} == {5}
    assert graph["3"]["inputs"]["text"] == "zavy-ctflt, drawing, a lighthouse"


async def test_a_server_without_flux_and_wan_says_which_nodes_it_lacks(at_stand_in: Bench) -> None:
    for name, class_type in (("flux", "DualCLIPLoader"), ("image_to_video", "Wan22ImageToVideoLatent")):
        assert not at_stand_in.library.available(name)
        (lacks,) = at_stand_in.library.lacking(name).values()
        assert class_type in {lack.class_type for lack in lacks}


# --- On the real one only: what it lacks, and that nothing but models is lacking


async def test_a_real_server_knows_every_node_of_every_pack(at_real: Bench) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{at_real.server.url}/object_info") as response:
        raw = await response.json()
    for name, pack in PACKS.items():
        if name == "music" and "TextEncodeAceStepAudio1.5" not in raw:
            continue  # an older ComfyUI lacks the nodes of ACE-Step 1.5
        assert problems(pack.graph, raw, unknown_inputs=False) == [], name


async def test_a_real_server_without_upscale_models_says_so(at_real: Bench) -> None:
    """Its installation for tests has one tiny checkpoint and nothing else."""
    assert list(at_real.library.lacking("upscale").values()) == [
        (Missing("Load Upscale Model", "UpscaleModelLoader", "model_name", "RealESRGAN_x4plus.pth"),)
    ]
    lacking = {name for name in PACKS if not at_real.library.available(name)}
    assert lacking == {
        *("upscale", "draft_and_refine", "flux", "image_to_video", "text_to_video", "sdxl", "z_image", "music"),
    }
    for name in lacking - {"music"}:
        assert all(lack.value for lacks in at_real.library.lacking(name).values() for lack in lacks), name


async def test_the_end_of_a_video_runs_without_its_beginning(at_real: Bench) -> None:
    """Frames of a card instead of a model's: what `/animate` saves is a film."""
    ends = {"11", "12"}
    card = PACKS["no_model"].graph
    graph = {f"card {node_id}": node for node_id, node in card.items() if node["class_type"] != "SaveImage"}
    graph = {
        node_id: {
            **node,
            "inputs": {
                name: [f"card {value[0]}", value[1]] if isinstance(value, list) else value
                for name, value in node["inputs"].items()
            },
        }
        for node_id, node in graph.items()
    }
    graph["10"] = {"class_type": "RepeatImageBatch", "inputs": {"image": ["card 13", 0], "amount": 5}}
    graph |= {node_id: PACKS["image_to_video"].graph[node_id] for node_id in ends}
    finished = await at_real.finished(graph)
    (file,) = finished.files
    assert file.filename.endswith(".mp4")
    assert (await at_real.server.fetch(file))[4:8] == b"ftyp"
