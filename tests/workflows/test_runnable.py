"""What a server would run of a graph: complete, and without what feeds nothing."""

import copy

from bot.workflows import ObjectInfo
from bot.workflows.graphs.graph import Graph, Node
from bot.workflows.graphs.model_files import belongs_to_workflow
from bot.workflows.imports.editor_format import unfit
from bot.workflows.imports.runnable import runnable
from bot.workflows.library.availability import missing
from bot.workflows.manifests.manifest_form import compose, proposed, read_pack
from tests.comfyui_server.graphs import txt2img
from tests.workflows.known import known


def complete(graph: Graph, info: ObjectInfo | None = None) -> tuple[dict[str, Node], tuple[str, ...]]:
    return runnable(copy.deepcopy(dict(graph)), info or known())


def added(**nodes: Node) -> dict[str, Node]:
    return {**copy.deepcopy(dict(txt2img(seed=1))), **nodes}


def test_a_graph_that_is_whole_stays_as_it_is() -> None:
    assert complete(txt2img(seed=1)) == (txt2img(seed=1), ())


def test_what_feeds_no_output_is_left_out() -> None:
    graph, dropped = complete(added(x={"class_type": "LoadImage", "inputs": {"image": "a.png"}}))
    assert "x" not in graph
    assert dropped == ()


def test_a_required_widget_has_its_default() -> None:
    graph = added()
    del graph["3"]["inputs"]["denoise"]
    whole, _ = complete(graph)
    assert whole["3"]["inputs"]["denoise"] == 1.0
    assert unfit(whole, known()) == ()


def test_an_output_that_nothing_feeds_is_left_out_and_named() -> None:
    saves: Node = {"class_type": "SaveImage", "inputs": {"filename_prefix": "x"}, "_meta": {"title": "Second"}}
    graph, dropped = complete(added(x=saves))
    assert graph == txt2img(seed=1)
    assert dropped == ("“Second”, which has nothing to save or show",)
    alone, _ = complete({"x": saves})
    assert unfit(alone, known()) == ("“Second” (SaveImage): nothing is connected to images",)


def test_a_file_of_its_authors_last_runs_is_not_asked_for() -> None:
    graph = added(
        p={"class_type": "Painter", "inputs": {"mask": "painter/p.png [temp]", "width": 64, "height": 64}},
        s={"class_type": "SaveImage", "inputs": {"images": ["p", 0], "filename_prefix": "x"}},
        l={"class_type": "LoadImage", "inputs": {"image": "made.png [output]"}},
        t={"class_type": "PreviewImage", "inputs": {"images": ["l", 0]}},
        c={
            "class_type": "ImageCompare",
            "inputs": {"image_a": ["l", 0], "compare_view": {"before": "/api/view?filename=a.png"}},
        },
    )
    whole, _ = complete(graph)
    assert whole["p"]["inputs"]["mask"] == ""
    assert whole["p"]["inputs"]["bg_color"] == "#000000"
    assert whole["l"]["inputs"]["image"] == "made.png"
    assert whole["c"]["inputs"]["compare_view"] == ""


def test_an_inferred_option_keeps_the_graphs_own_model() -> None:
    graph = added()
    graph["4"]["inputs"]["ckpt_name"] = "another_family.safetensors"
    pack = read_pack("x", graph, compose(proposed("x", graph)))
    assert pack.parameters["checkpoint"].default == "another_family.safetensors"
    (lacks,) = missing(pack, known())
    assert (lacks.input_name, lacks.value) == ("ckpt_name", "another_family.safetensors")


def test_loras_that_a_workflow_cannot_do_without_are_no_additions() -> None:
    belong = (
        "qwen/Qwen-Image-Lightning-4steps-V1.0",
        "wan_lightx2v_4steps_lora",
        "flux1-depth-dev-lora",
        "lcm_lora_sdxl",
    )
    assert all(belongs_to_workflow(f"{one}.safetensors") for one in belong)
    add = ("pixel_art_style_z_image_turbo", "gummycandy_qwen", "detail_tweaker_xl", "lightning/my_cat", "hyperreal")
    assert not any(belongs_to_workflow(f"{one}.safetensors") for one in add)
