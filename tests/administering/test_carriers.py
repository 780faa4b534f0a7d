"""`/workflow add` takes a workflow out of every kind of file that ComfyUI saves, and the one that its author meant."""

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.discord_ui.workflows.upload import examine
from bot.errors import PackError
from bot.workflows.imports.carried import OTHER
from tests.administering.conftest import ADMIN, add
from tests.administering.drawings import drawing, find
from tests.administering.test_importing import INFO
from tests.comfyui_server.graphs import txt2img
from tests.discord_server import DiscordStandIn, File
from tests.lists.foreign import MAKES
from tests.looks import labels
from tests.pictures.carriers import glb, moving_png, mp4, png, webm, with_comment, with_exif

Make = Callable[[Mapping[str, str]], bytes]
KINDS: dict[str, Make] = {
    "a.png": png,
    "checksum.png": lambda texts: png(texts, right=False),
    "behind.png": lambda texts: png(texts, behind=True),
    "moving.png": moving_png,
    "a.webp": lambda texts: with_exif("WEBP", texts),
    "a.jpg": lambda texts: with_exif("JPEG", texts),
    "a.mp4": mp4,
    "a.webm": webm,
    "a.glb": glb,
    "comment.mp4": lambda texts: mp4({"comment": json.dumps(texts)}),
    "both.json": lambda texts: json.dumps({key: json.loads(text) for key, text in texts.items()}).encode(),
    "bom.json": lambda texts: b"\xef\xbb\xbf" + (texts.get("prompt") or texts["workflow"]).encode(),
}


def ran(**inputs: object) -> dict[str, Any]:
    """What `drawing` becomes, as ComfyUI writes it; `inputs` are of its sampler."""
    graph, _ = examine("x", json.dumps(drawing()).encode(), [INFO], ())
    graph = copy.deepcopy(graph)
    graph["3"]["inputs"] |= inputs
    return {node_id: {**node, "is_changed": [float("nan")]} for node_id, node in graph.items()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("forms", [("prompt",), ("workflow",), ("prompt", "workflow")], ids="+".join)
def test_either_form_is_found_in_every_kind(kind: str, forms: tuple[str, ...]) -> None:
    both = {"prompt": json.dumps(ran()), "workflow": json.dumps(drawing())}
    graph, notes = examine("x", KINDS[kind]({form: both[form] for form in forms}), [INFO], ())
    assert graph["3"]["inputs"]["seed"] == 42
    assert graph["3"].keys() <= {"class_type", "inputs", "_meta"}
    assert notes == ()


@pytest.mark.parametrize("drawn", [True, False], ids=["drawn, too", "ran only"])
@pytest.mark.parametrize(
    "name", ["the editor's output", "a request", "RunPod", "RunPod's prompt", "an entry of the history"]
)
def test_a_graph_is_found_in_what_is_around_it(name: str, *, drawn: bool) -> None:
    graph, workflow = ran(), drawing() if drawn else None
    around: dict[str, object] = {
        "the editor's output": {"output": graph, "workflow": workflow},
        "a request": {"prompt": graph, "client_id": "a", "extra_data": {"extra_pnginfo": {"workflow": workflow}}},
        "RunPod": {"input": {"workflow": graph, "images": []}},
        "RunPod's prompt": {"input": {"prompt": graph}, "webhook": "https://a.example"},
        "an entry of the history": {
            "1576": {"prompt": [0, "1576", graph, {"extra_pnginfo": {"workflow": workflow}}, ["9"]], "outputs": {}}
        },
    }
    found, notes = examine("x", json.dumps(around[name]).encode(), [INFO], ())
    assert found["3"]["inputs"]["seed"] == 42
    assert notes == ()


@pytest.mark.parametrize("change", [{"steps": 9}, {"model": ["4", 1]}, {"seed": 7}])
def test_where_they_differ_the_drawing_is_what_its_author_meant(change: dict[str, object]) -> None:
    texts = {"prompt": json.dumps(ran(**change)), "workflow": json.dumps(drawing())}
    graph, notes = examine("x", png(texts), [INFO], ())
    assert (graph["3"]["inputs"]["steps"], graph["3"]["inputs"]["seed"]) == (3, 42)
    assert notes == (OTHER,)


def test_other_numbers_and_what_leads_to_no_output_are_no_difference() -> None:
    graph = json.loads(json.dumps(ran(cfg=7)))
    renamed = json.loads(json.dumps(graph).replace('"3"', '"33"').replace('"6"', '"66"'))
    renamed["99"] = {"class_type": "CLIPTextEncode", "inputs": {"text": "loose", "clip": ["4", 1]}}
    texts = {"prompt": json.dumps(renamed), "workflow": json.dumps(drawing())}
    found, notes = examine("x", png(texts), [INFO], ())
    assert notes == ()
    assert "33" in found


def test_a_drawing_that_cannot_be_read_is_no_hindrance() -> None:
    drawn = drawing()
    find(drawn, 5)["type"] = "SuperLatent"
    graph, notes = examine("x", png({"prompt": json.dumps(ran()), "workflow": json.dumps(drawn)}), [INFO], ())
    assert graph["5"]["class_type"] == "EmptyLatentImage"
    assert notes == ()
    graph, _ = examine("x", png({"prompt": json.dumps(ran()), "workflow": "[" * 5_000}), [INFO], ())
    assert "3" in graph


def test_a_drawing_that_no_server_can_run_gives_way_to_what_ran() -> None:
    drawn = drawing()
    find(drawn, 5)["mode"] = 2
    graph, notes = examine("x", png({"prompt": json.dumps(ran()), "workflow": json.dumps(drawn)}), [INFO], ())
    assert "latent_image" in graph["3"]["inputs"]
    assert notes == ()


def test_civitais_generator_hides_its_graph_in_a_comment() -> None:
    hidden = {**txt2img(seed=1), "extra": {"airs": []}, "extraMetadata": "{}"}
    graph, _ = examine("x", with_comment("JPEG", json.dumps(hidden)), [INFO], ())
    assert graph == txt2img(seed=1)


@pytest.mark.parametrize("make", [one for one in MAKES if "Civitai's" not in one and "hidden" not in one])
def test_a_recipe_of_another_program_is_no_workflow_and_is_called_that(make: str) -> None:
    with pytest.raises(PackError) as caught:
        examine("x", MAKES[make], [INFO], ())
    assert "another program’s recipe" in caught.value.faults[0]


def test_a_file_without_any_is_said_to_have_none() -> None:
    for content in (png({}), mp4({}), webm({"title": "holiday"}), moving_png({"prompt": "words"})):
        with pytest.raises(PackError) as caught:
            examine("x", content, [INFO], ())
        assert "contains no workflow" in caught.value.faults[0]


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("name", ["checksum.png", "behind.png", "moving.png", "a.webp", "a.mp4", "a.webm"])
async def test_such_a_file_becomes_a_draft(discord: DiscordStandIn, name: str) -> None:
    texts = {"prompt": json.dumps(ran(steps=9)), "workflow": json.dumps(drawing())}
    added = await add(discord, ADMIN, File(name, KINDS[name](texts)))
    assert "Make it live" in labels(added.message)
    assert "the graph that last ran; it differs from" in added.message.content


@pytest.mark.usefixtures("bot")
async def test_another_programs_image_is_answered_with_the_way_to_read_it(discord: DiscordStandIn) -> None:
    added = await add(discord, ADMIN, File("theirs.png", MAKES["A1111, PNG"]))
    assert "Show recipe" in added.message.content
