"""Every shipped pack against what a ComfyUI 0.33.0 says of its nodes, with the values that members can give."""

from dataclasses import replace

import pytest

from bot.workflows import Graph, Missing, Pack, bind, complete
from bot.workflows.library.availability import missing
from tests.packs.checking import INFO, RAW, problems
from tests.packs.shipped import PACKS, each_pack, edges, known_to, needed

SHARPENED = known_to(INFO).packs


@each_pack
def test_the_graph_is_one_that_comfyui_accepts(pack: Pack) -> None:
    assert problems(pack.graph, RAW) == []


@each_pack
def test_it_stays_one_with_nothing_but_what_is_required(pack: Pack) -> None:
    assert problems(bind(pack, complete(pack, needed(pack))), RAW) == []


@each_pack
def test_it_stays_one_at_the_edges_of_every_option(pack: Pack) -> None:
    tried = list(edges(SHARPENED[pack.name]))
    assert tried
    for values in tried:
        assert problems(bind(SHARPENED[pack.name], values), RAW) == [], values


@each_pack
def test_a_server_narrows_no_range_and_changes_no_type(pack: Pack) -> None:
    for name, parameter in pack.parameters.items():
        assert replace(SHARPENED[pack.name].parameters[name], step=None) == replace(parameter, step=None)


@each_pack
def test_steps_are_those_of_the_node(pack: Pack) -> None:
    """Without a server's word an option has the step that it has with it, or one of its multiples."""
    for name, parameter in pack.parameters.items():
        step = SHARPENED[pack.name].parameters[name].step
        assert (parameter.step or 1) % (step or 1) == 0, name


@each_pack
def test_binding_touches_only_what_the_options_name(pack: Pack) -> None:
    targets = {(target.node_id, target.input_name) for one in pack.parameters.values() for target in one.targets}
    bound = bind(pack, complete(pack, needed(pack)))
    assert rest_of(bound, targets) == rest_of(pack.graph, targets)


def rest_of(graph: Graph, targets: set[tuple[str, str]]) -> dict[tuple[str, str], object]:
    return {
        (node_id, name): value
        for node_id, node in graph.items()
        for name, value in node["inputs"].items()
        if (node_id, name) not in targets
    }


LACKED = {
    "text_to_image": [],
    "image_to_image": [],
    "inpaint": [],
    "no_model": [],
    "upscale": ["RealESRGAN_x4plus.pth"],
    "draft_and_refine": [
        "sdxl_lightning_8step_lora.safetensors",
        "TTPLANET_Controlnet_Tile_realistic_v2_fp16.safetensors",
    ],
    "flux": [
        "flux1-dev.safetensors",
        "t5xxl_fp16.safetensors",
        "clip_l.safetensors",
        "ae.safetensors",
    ],
    "image_to_video": [
        "wan2.2_ti2v_5B_fp16.safetensors",
        "umt5_xxl_fp8_e4m3fn_scaled.safetensors",
        "wan2.2_vae.safetensors",
    ],
    "text_to_video": [
        "wan2.2_ti2v_5B_fp16.safetensors",
        "umt5_xxl_fp8_e4m3fn_scaled.safetensors",
        "wan2.2_vae.safetensors",
    ],
    "sdxl": ["sd_xl_base_1.0.safetensors"],
    "z_image": ["z_image_turbo_bf16.safetensors", "qwen_3_4b.safetensors", "ae.safetensors"],
    "music": ["ace_step_1.5_turbo_aio.safetensors"],
}
"""What a server with nothing but checkpoints lacks."""


@each_pack
def test_what_a_server_with_nothing_but_checkpoints_lacks_is_named(pack: Pack) -> None:
    assert [lack.value for lack in missing(pack, INFO)] == LACKED[pack.name]


def test_what_an_upscale_needs_is_named_by_node_and_input() -> None:
    assert missing(PACKS["upscale"], INFO) == (
        Missing("Load Upscale Model", "UpscaleModelLoader", "model_name", "RealESRGAN_x4plus.pth"),
    )


def test_every_pack_but_those_that_need_more_can_run_there() -> None:
    library = known_to(INFO)
    assert {name for name in PACKS if library.available(name)} == {name for name, lacks in LACKED.items() if not lacks}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"3": {"class_type": "Nonesuch", "inputs": {}}}, "unknown class"),
        ({"5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512}}}, "batch_size is missing"),
        (
            {"5": {"class_type": "EmptyLatentImage", "inputs": {"width": 8, "height": 512, "batch_size": 1}}},
            "out of range",
        ),
        (
            {"5": {"class_type": "EmptyLatentImage", "inputs": {"width": 8.5, "height": 512, "batch_size": 1}}},
            "should be INT",
        ),
        ({"8": {"class_type": "VAEDecode", "inputs": {"samples": ["4", 0], "vae": ["4", 2]}}}, "does not take"),
        (
            {"8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2], "x": 1}}},
            "x is unknown",
        ),
    ],
)
def test_the_check_sees_what_comfyui_would_refuse(change: Graph, problem: str) -> None:
    found = problems({**PACKS["text_to_image"].graph, **change}, RAW)
    assert any(problem in one for one in found), found
