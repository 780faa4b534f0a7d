"""What can be told of an image that the bot never saw, whatever somebody wrote into it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot.discord_ui.recipes.image_recipes import read_recipe
from bot.discord_ui.recipes.recipe_text import recipe_text
from bot.workflows.imports.recipe import Recipe
from bot.workflows.imports.recipes import graph_of, recipe_of_graph, recipe_of_values
from tests.lists.pictures import graph, png
from tests.workflows.drawings import SAMPLES, base_and_refiner, flux
from tests.workflows.drawings.conditioning import sdxl_two_different_texts, zeroed_negative
from tests.workflows.known import known


def carried(chunks: Mapping[str, str], *, compressed: bool = False) -> Recipe:
    return read_recipe(png(chunks, compressed=compressed)).recipe


@pytest.mark.parametrize("compressed", [False, True])
def test_a_picture_of_comfyuis_tells_everything(compressed: bool) -> None:
    recipe = carried({"prompt": json.dumps(graph("a lighthouse", 5))}, compressed=compressed)
    assert (recipe.prompt, recipe.negative, recipe.seed) == ("a lighthouse", "fog", 5)
    assert dict(recipe.facts) == {
        "Size": "832 x 1216",
        "Steps": "28",
        "CFG": "6.5",
        "Sampler": "dpmpp_2m",
        "Scheduler": "karras",
        "Checkpoint": "theirs.safetensors",
    }


def test_what_comfyui_leaves_in_a_node_besides_is_no_hindrance() -> None:
    left: dict[str, Any] = graph("a lighthouse")
    left["4"]["is_changed"] = [float("nan")]
    assert "NaN" in json.dumps(left)
    assert carried({"prompt": json.dumps(left)}).prompt == "a lighthouse"


def test_a_drawing_is_read_where_somebody_knows_its_nodes() -> None:
    drawing = {
        "nodes": [
            node(1, "CheckpointLoaderSimple", [], [[1], [2, 3], []], ["x.safetensors"]),
            node(2, "CLIPTextEncode", [2], [[4]], ["a lighthouse"]),
            node(3, "CLIPTextEncode", [3], [[5]], ["fog"]),
            node(4, "EmptyLatentImage", [], [[6]], [512, 768, 1]),
            node(5, "KSampler", [1, 4, 5, 6], [[7]], [9, "fixed", 20, 7.0, "euler", "normal", 1.0]),
            node(6, "SaveLatent", [7], [], ["ComfyUI"]),
        ],
        "links": [
            [1, 1, 0, 5, 0, "MODEL"],
            [2, 1, 1, 2, 0, "CLIP"],
            [3, 1, 1, 3, 0, "CLIP"],
            [4, 2, 0, 5, 1, "CONDITIONING"],
            [5, 3, 0, 5, 2, "CONDITIONING"],
            [6, 4, 0, 5, 3, "LATENT"],
            [7, 5, 0, 6, 0, "LATENT"],
        ],
        "version": 0.4,
    }
    chunks = {"workflow": json.dumps(drawing)}
    assert graph_of(chunks) is None
    found = graph_of(chunks, [known()])
    assert found is not None
    recipe = recipe_of_graph(found)
    assert (recipe.prompt, recipe.negative, recipe.seed) == ("a lighthouse", "fog", 9)


INPUTS = {
    "KSampler": ["model", "positive", "negative", "latent_image"],
    "CLIPTextEncode": ["clip"],
    "SaveLatent": ["samples"],
}


def node(number: int, kind: str, ins: list[int], outs: list[list[int]], values: list[object]) -> dict[str, object]:
    names = INPUTS.get(kind, [])
    return {
        "id": number,
        "type": kind,
        "mode": 0,
        "inputs": [{"name": name, "type": "*", "link": link} for name, link in zip(names, ins, strict=True)],
        "outputs": [{"name": str(index), "type": "*", "links": links} for index, links in enumerate(outs)],
        "widgets_values": values,
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "not json",
        '"words"',
        "{" * 50_000,
        "[" * 200_000,
        '{"1": ' * 5_000,
        json.dumps({"1": None}),
        json.dumps({"1": {"class_type": 5, "inputs": []}}),
        json.dumps({"1": {"class_type": "X", "inputs": {"y": ["2", 0]}}}),
        json.dumps({"1": {"class_type": "X", "inputs": {"y": ["1", 0]}}}),
        json.dumps({"1": {"class_type": "X", "inputs": {"y": "\ud800"}}}),
        json.dumps({str(number): {"class_type": "X", "inputs": {}} for number in range(1001)}),
        json.dumps({"1": {"class_type": "X", "inputs": {"text": "x" * 2**20}}}),
        "NaN",
        "1" * 10_000,
    ],
    ids=lambda text: text[:20] or "empty",
)
def test_a_chunk_that_holds_anything_else_is_no_recipe(text: str) -> None:
    assert graph_of({"prompt": text}, [known()]) is None
    assert graph_of({"workflow": text}, [known()]) is None
    assert read_recipe(png({"prompt": text.encode(errors="replace").decode()})).graph is None


def test_a_chunk_that_unpacks_to_far_more_is_not_read() -> None:
    bomb = png({"prompt": json.dumps(graph("a" * 40 * 2**20))}, compressed=True)
    assert len(bomb) < 2**20
    assert read_recipe(bomb).graph is None


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", png()[:40], b"x" * 1000])
def test_what_is_no_picture_carries_nothing(content: bytes) -> None:
    assert read_recipe(content).graph is None


@pytest.mark.parametrize("draw", [draw for draw in SAMPLES if draw.__name__ != "no_sampler"])
def test_every_known_way_to_draw_tells_its_words(draw: Any) -> None:  # noqa: ANN401 - a drawing's own type
    recipe = recipe_of_graph(draw().graph)
    assert "a cat" in recipe.prompt
    assert recipe.seed is not None
    assert {"Steps", "Sampler", "Checkpoint"} <= dict(recipe.facts).keys()


def test_two_texts_that_differ_are_both_told() -> None:
    assert recipe_of_graph(sdxl_two_different_texts().graph).prompt == "a cat\nphoto, sharp"


def test_what_is_zeroed_out_is_no_negative() -> None:
    assert recipe_of_graph(zeroed_negative().graph).negative == ""


def test_a_guidance_on_the_way_is_found() -> None:
    assert dict(recipe_of_graph(flux().graph).facts)["Guidance"] == "3.5"


def test_both_models_of_a_pair_are_told() -> None:
    assert "refiner" in dict(recipe_of_graph(base_and_refiner().graph).facts)["Checkpoint"]


def test_a_graph_that_says_nothing_gives_an_empty_recipe() -> None:
    assert not recipe_of_graph({"1": {"class_type": "X", "inputs": {}}})


def test_an_order_tells_its_values_and_no_number_of_ours() -> None:
    values = {"prompt": "a cat", "seed": 7, "steps": 20, "image": "ab" * 32, "negative": None}
    recipe = recipe_of_values(values, None)
    assert (recipe.prompt, recipe.negative, recipe.seed) == ("a cat", "", 7)
    assert recipe.facts == (("Steps", "20"),)


def test_a_long_recipe_fits_a_message_and_stays_inert() -> None:
    recipe = Recipe("@everyone ``` " * 2000, "`" * 9000, 2**64, tuple((f"*{n}*", "`x`" * 90) for n in range(60)))
    text = recipe_text(recipe, "**Recipe**", "a note", "another")
    assert len(text) <= 2000
    assert text.endswith("-# another")
    assert text.count("```") == 4


def test_our_own_recipe_is_read_where_there_is_no_graph() -> None:
    ours = {"prompt": "a cat", "negative": "fog", "seed": 7, "workflow": "Painting", "options": {"steps": 20}}
    recipe = carried({"recipe": json.dumps(ours)})
    assert (recipe.prompt, recipe.negative, recipe.seed) == ("a cat", "fog", 7)
    assert recipe.facts == (("Workflow", "Painting"), ("Steps", "20"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "[" * 100_000,
        '{"prompt": 5, "seed": "x", "options": [], "workflow": {}}',
        '{"options": {"a": {"b": 1}}}',
        json.dumps({"seed": 2**70}),
        json.dumps({"prompt": "x" * 2**20}),
    ],
    ids=lambda text: text[:20] or "empty",
)
def test_what_somebody_else_wrote_in_its_place_is_no_recipe(text: str) -> None:
    assert not carried({"recipe": text})


def test_a_made_up_recipe_cannot_grow_without_end() -> None:
    made_up = {"prompt": "x" * 500_000, "options": {f"{number}" * 90: "y" * 1000 for number in range(400)}}
    recipe = carried({"recipe": json.dumps(made_up)})
    assert len(recipe.prompt) <= 20_000
    assert len(recipe.facts) <= 25
    assert len(recipe_text(recipe, "**Recipe**")) <= 2000
