"""LoRAs go to the workflow's own parameter or to loaders of their own; what cannot be used is named. Pure."""

from pathlib import Path

import pytest

from bot.discord_ui.requests.imagine.values import fit_values, options_in
from bot.workflows import Library, Pack
from bot.workflows.imports.settings_text import choice_like
from tests.workflows.samples import GRAPH, write_pack
from tests.workflows.test_loras import NAMES, PROMPT, server

OWN = '[parameters.lora]\ntarget = ["9.lora_name"]\nchoices = "server"\n'
FORBIDDEN = "[loras]\nallowed = false\n"
DETAIL, GRAIN, PAPER = NAMES


def library_of(folder: Path, manifest: str, *names: str) -> tuple[Pack, Library]:
    """A pack that loads a LoRA itself, on a server that has these."""
    loader = {
        "class_type": "LoraLoader",
        "inputs": {
            "lora_name": DETAIL,
            "strength_model": 1.0,
            "strength_clip": 1.0,
            "model": ["1", 0],
            "clip": ["1", 1],
        },
    }
    graph = {**GRAPH, "9": loader}
    for node_id in ("5", "6"):
        graph[node_id] = {**GRAPH[node_id], "inputs": {**GRAPH[node_id]["inputs"], "model": ["9", 0]}}
    write_pack(folder, manifest, graph)
    library = Library(folder)
    library.reload()
    library.learn("http://one", server(*names))
    return library.packs["sample"], library


@pytest.mark.parametrize(
    ("manifest", "typed", "values"),
    [
        (PROMPT, "detail:0.8, paper", {"loras": f"{DETAIL}:0.8, {PAPER}"}),
        (PROMPT, "detail: 0,8, paper:-1,25", {"loras": f"{DETAIL}:0.8, {PAPER}:-1.25"}),
        (PROMPT, "<lora:detail:0.8><lora:paper>, film grain", {"loras": f"{DETAIL}:0.8, {PAPER}, {GRAIN}"}),
        (PROMPT + OWN, "film grain", {"lora": GRAIN}),
        (PROMPT + OWN, "film grain, paper:0.5", {"lora": GRAIN, "loras": f"{PAPER}:0.5"}),
        (PROMPT + OWN, "film grain:0.5", {"loras": f"{GRAIN}:0.5"}),
        (PROMPT + OWN + FORBIDDEN, "paper", {"lora": PAPER}),
    ],
)
def test_the_first_without_a_weight_goes_to_the_workflows_own_parameter(
    tmp_path: Path, manifest: str, typed: str, values: dict[str, object]
) -> None:
    pack, library = library_of(tmp_path, manifest, *NAMES)
    fitted = fit_values(pack, {"prompt": "a fox", "lora": typed}, library)

    assert fitted.refusal(pack) is None
    assert fitted.values == {"prompt": "a fox", **values}


@pytest.mark.parametrize(
    ("manifest", "typed", "said"),
    [
        (PROMPT + FORBIDDEN, "paper", "has no option `lora`. It has: `prompt`, `style`."),
        (PROMPT + OWN + FORBIDDEN, "paper, film grain", "takes a single LoRA"),
        (PROMPT + OWN + FORBIDDEN, "paper:0.5", "without a weight"),
        (PROMPT, "sdxl/", "More than one `lora` matches"),
        (PROMPT, "rain", "Type more"),
        (PROMPT, "oil", "There is no `lora` called “oil” here. You can use: `detail`, `film grain`, `paper`."),
        (PROMPT, "detail:strong", "isn’t a number"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, manifest: str, typed: str, said: str) -> None:
    pack, library = library_of(tmp_path, manifest, *NAMES, "sdxl/rain.safetensors", "rain.safetensors")
    if "oil" in typed:
        pack, library = library_of(tmp_path, manifest, *NAMES)
    refusal = fit_values(pack, {"prompt": "a fox", "lora": typed}, library).refusal(pack)

    assert refusal is not None
    assert said in refusal


def test_a_server_without_loras_says_so(tmp_path: Path) -> None:
    pack, library = library_of(tmp_path, PROMPT)
    refusal = fit_values(pack, {"prompt": "a fox", "lora": "paper"}, library).refusal(pack)

    assert options_in(pack) == ("prompt", "lora")
    assert refusal == "The image server has no LoRAs yet. Ask the people who run this bot to install one."


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    pack, library = library_of(tmp_path, PROMPT, *NAMES)
    given = {"prompt": "a fox", "steps": 3, "sampler": "euler", "lora": "oil"}
    refusal = fit_values(pack, given, library).refusal(pack) or ""

    first, second = refusal.split("\n")
    assert "has no option `steps`, `sampler`." in first
    assert "called “oil”" in second


def test_a_sampler_may_have_the_name_that_other_programs_give_it() -> None:
    samplers = ("euler", "euler_ancestral_cfg_pp", "euler_ancestral", "dpmpp_2m_sde", "dpmpp_2m")
    assert [choice_like(name, samplers) for name in ("Euler a", "DPM++ 2M", "DPM++ 2M SDE", "euler")] == [
        "euler_ancestral",
        "dpmpp_2m",
        "dpmpp_2m_sde",
        "euler",
    ]
