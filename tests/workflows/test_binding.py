"""Values into a graph: checked against their parameters, put only where they belong, and never into the pack."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import BindError, Problem
from bot.workflows import MAX_SEED, ObjectInfo, Pack, bind, complete
from bot.workflows.graphs.parameters import MAX_TEXT
from bot.workflows.library.effort import needs
from bot.workflows.library.library import Library
from bot.workflows.manifests.pack import known_to, make_pack
from tests.workflows.drawings.pictures import loras
from tests.workflows.known import info_of, known, recorded
from tests.workflows.samples import GRAPH, changes, pack_of

MANIFEST = """
[parameters.prompt]
target = "positive.text"
template = "ink, {value}, {value}"

[parameters.negative]
target = "3.text"

[parameters.seed]
target = "Sampler.seed"

[parameters.steps]
target = "5.steps"
min = 1
max = 50

[parameters.width]
target = "4.width"
min = 64
max = 2048
step = 64

[parameters.cfg]
target = "Sampler.cfg"
min = 0.0
max = 1.0
step = 0.1

[parameters.sampler]
target = "5.sampler_name"
choices = ["euler", "ddim"]

[parameters.noise]
target = "6.add_noise"

[parameters.checkpoint]
target = "Load Checkpoint.ckpt_name"
choices = "server"
"""


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return pack_of(tmp_path, MANIFEST)


def server(*checkpoints: str) -> ObjectInfo:
    return info_of({"CheckpointLoaderSimple": {"input": {"required": {"ckpt_name": [list(checkpoints), {}]}}}})


def problems_of(pack: Pack, values: dict[str, Any], info: ObjectInfo | None = None) -> tuple[Problem, ...]:
    with pytest.raises(BindError) as raised:
        bind(pack, values, info)
    return raised.value.problems


# --- Where values go


def test_only_what_is_given_changes(pack: Pack) -> None:
    graph = bind(pack, {"prompt": "a cat", "seed": 3, "width": 1024})
    assert changes(GRAPH, graph) == {
        ("2", "text"): "ink, a cat, a cat",
        ("5", "seed"): 3,
        ("6", "seed"): 3,
        ("4", "width"): 1024,
    }


@pytest.mark.parametrize("prompt", ["{value}", "{prompt} {0} {", "}}", "%s", "{value!r} \\1 \\g<0>"])
def test_a_template_takes_a_prompt_as_it_is(pack: Pack, prompt: str) -> None:
    assert bind(pack, {"prompt": prompt})["2"]["inputs"]["text"] == f"ink, {prompt}, {prompt}"


def test_braces_of_a_template_itself_stay_as_they_are(tmp_path: Path) -> None:
    manifest = '[parameters.prompt]\ntarget = "positive.text"\ntemplate = "{red|blue} {{ {value} %s"'
    assert bind(pack_of(tmp_path, manifest), {"prompt": "a cat"})["2"]["inputs"]["text"] == "{red|blue} {{ a cat %s"


def test_a_default_counts_where_nothing_is_given(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, '[parameters.steps]\ntarget = "5.steps"\ndefault = 4')
    assert bind(pack, {})["5"]["inputs"]["steps"] == 4
    assert bind(pack, {"steps": 9})["5"]["inputs"]["steps"] == 9


def test_what_is_given_as_nothing_leaves_the_graphs_own(pack: Pack) -> None:
    assert changes(GRAPH, bind(pack, {"prompt": "a cat", "steps": None})).keys() == {("2", "text")}


def test_a_pack_is_never_touched(pack: Pack) -> None:
    before = copy.deepcopy(pack)
    graph = bind(pack, {"prompt": "a cat", "seed": 3})
    with pytest.raises(BindError):
        bind(pack, {"prompt": "a cat", "seed": -1})
    for node in graph.values():
        node["inputs"].clear()
    assert pack == before


# --- What does not fit


@pytest.mark.parametrize(
    ("name", "value", "code", "limit"),
    [
        ("prompt", 3, "wrong_type", "string"),
        ("prompt", "", "missing", None),
        ("prompt", " \n\t", "missing", None),
        ("prompt", None, "missing", None),
        ("prompt", "x" * (MAX_TEXT + 1), "too_long", MAX_TEXT),
        ("seed", -1, "too_small", 0),
        ("seed", MAX_SEED + 1, "too_large", MAX_SEED),
        ("seed", 1.0, "wrong_type", "integer"),
        ("seed", "3", "wrong_type", "integer"),
        ("seed", True, "wrong_type", "integer"),
        ("steps", 0, "too_small", 1),
        ("steps", 51, "too_large", 50),
        ("width", 100, "off_step", 64),
        ("cfg", 0.15, "off_step", 0.1),
        ("cfg", True, "wrong_type", "number"),
        ("sampler", "zzz", "not_a_choice", ("euler", "ddim")),
        ("sampler", "", "not_a_choice", ("euler", "ddim")),
        ("noise", 1, "wrong_type", "boolean"),
        ("noise", "true", "wrong_type", "boolean"),
        ("colour", "red", "unknown", None),
    ],
)
def test_a_value_that_does_not_fit_is_refused(pack: Pack, name: str, value: object, code: str, limit: object) -> None:
    (problem,) = problems_of(pack, {"prompt": "a cat", name: value})
    assert (problem.parameter, problem.code, problem.limit) == (name, code, limit)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prompt", "x" * MAX_TEXT),
        ("negative", ""),
        ("seed", 0),
        ("seed", MAX_SEED),
        ("steps", 1),
        ("steps", 50),
        ("width", 64),
        ("width", 2048),
        ("cfg", 0.3),
        ("cfg", 0.7),
        ("cfg", 1),
        ("sampler", "ddim"),
        ("noise", False),
    ],
)
def test_a_value_at_the_edge_fits(pack: Pack, name: str, value: object) -> None:
    graph = bind(pack, {"prompt": "a cat", name: value})
    target = pack.parameters[name].targets[0]
    if name != "prompt":
        assert graph[target.node_id]["inputs"][target.input_name] == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_finite_number_fits_no_range(pack: Pack, value: float) -> None:
    assert problems_of(pack, {"prompt": "a cat", "cfg": value})[0].parameter == "cfg"


def test_every_problem_of_every_value_is_named_at_once(pack: Pack) -> None:
    values = {"seed": -1, "steps": 99, "sampler": "zzz", "noise": 1, "colour": "red", "checkpoint": "b"}
    problems = problems_of(pack, values, server("a.safetensors"))
    assert {problem.parameter: problem.code for problem in problems} == {
        "colour": "unknown",
        "prompt": "missing",
        "seed": "too_small",
        "steps": "too_large",
        "sampler": "not_a_choice",
        "noise": "wrong_type",
        "checkpoint": "not_a_choice",
    }


# --- Choices that only a server knows


def test_the_graphs_own_choice_is_kept_where_the_server_offers_it(pack: Pack) -> None:
    graph = bind(pack, {"prompt": "a cat"}, server("0.safetensors", "a.safetensors"))
    assert graph["1"]["inputs"]["ckpt_name"] == "a.safetensors"


def test_else_the_servers_first_is_taken(pack: Pack) -> None:
    graph = bind(pack, {"prompt": "a cat"}, server("y.safetensors", "x.safetensors"))
    assert graph["1"]["inputs"]["ckpt_name"] == "y.safetensors"


def test_a_members_choice_goes_before_both(pack: Pack) -> None:
    info = server("a.safetensors", "b.safetensors")
    graph = bind(pack, {"prompt": "a cat", "checkpoint": "b.safetensors"}, info)
    assert graph["1"]["inputs"]["ckpt_name"] == "b.safetensors"


def test_a_members_choice_that_the_server_does_not_have_is_a_problem(pack: Pack) -> None:
    (problem,) = problems_of(pack, {"prompt": "a cat", "checkpoint": "c"}, server("a", "b"))
    assert (problem.code, problem.value, problem.limit) == ("not_a_choice", "c", ("a", "b"))


def test_a_server_with_nothing_to_choose_is_a_problem_with_or_without_a_choice(pack: Pack) -> None:
    for values in ({"prompt": "a cat"}, {"prompt": "a cat", "checkpoint": "c"}):
        (problem,) = problems_of(pack, values, server())
        assert (problem.parameter, problem.code, problem.limit) == (
            "checkpoint",
            "no_choices",
            "CheckpointLoaderSimple",
        )


def test_a_server_that_does_not_know_the_node_says_so_itself(pack: Pack) -> None:
    graph = bind(pack, {"prompt": "a cat", "checkpoint": "c"}, info_of({}))
    assert graph["1"]["inputs"]["ckpt_name"] == "c"
    assert bind(pack, {"prompt": "a cat"}, info_of({}))["1"]["inputs"]["ckpt_name"] == "a.safetensors"


def test_without_a_server_any_choice_is_taken_for_now(pack: Pack) -> None:
    assert bind(pack, {"prompt": "a cat", "checkpoint": "c"})["1"]["inputs"]["ckpt_name"] == "c"


# --- Completing an order


def test_a_seed_is_drawn_where_none_is_given(pack: Pack) -> None:
    values = {"prompt": "a cat"}
    seeds = [complete(pack, values)["seed"] for _ in range(20)]
    assert all(isinstance(seed, int) and 0 <= seed <= MAX_SEED for seed in seeds)
    assert len(set(seeds)) > 1
    assert values == {"prompt": "a cat"}


def test_a_seed_that_is_given_is_kept(pack: Pack) -> None:
    for seed in (0, 7, MAX_SEED):
        assert complete(pack, {"prompt": "a cat", "seed": seed}) == {"prompt": "a cat", "seed": seed}


def test_a_pack_without_a_seed_gets_none(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, '[parameters.prompt]\ntarget = "positive.text"')
    assert complete(pack, {"prompt": "a cat"}) == {"prompt": "a cat"}


@pytest.mark.parametrize(
    ("bounds", "low", "high"),
    [
        ("min = 5\nmax = 7", 5, 7),
        ("max = 3", 0, 3),
        ("min = 9\nmax = 9", 9, 9),
        (f"max = {2**64 - 1}", 0, MAX_SEED),
        ("min = -3\nmax = -1", -3, -1),
    ],
)
def test_a_drawn_seed_keeps_the_packs_bounds(tmp_path: Path, bounds: str, low: int, high: int) -> None:
    pack = pack_of(tmp_path, f'[parameters.seed]\ntarget = "Sampler.seed"\n{bounds}')
    for _ in range(50):
        seed = complete(pack, {})["seed"]
        assert isinstance(seed, int)
        assert low <= seed <= high


def test_an_order_that_does_not_fit_is_refused_before_it_waits(pack: Pack) -> None:
    with pytest.raises(BindError) as raised:
        complete(pack, {"steps": 0, "colour": "red"})
    assert {problem.code for problem in raised.value.problems} == {"missing", "too_small", "unknown"}


def test_none_turns_a_lora_off_and_asks_nothing_of_a_server() -> None:
    graph = loras().graph
    pack = known_to(make_pack("sample", json.dumps(graph), None), known())
    raw = {**recorded(), "LoraLoader": listing("LoraLoader"), "LoraLoaderModelOnly": listing("LoraLoaderModelOnly")}
    values = {"prompt": "x", "lora_1": "None", "lora_strength_1": 0.5, "lora_2": "ink.safetensors"}
    bound = bind(pack, values, info_of(raw))
    (style,) = (node["inputs"] for node in bound.values() if node["class_type"] == "LoraLoader")
    (detail,) = (node["inputs"] for node in bound.values() if node["class_type"] == "LoraLoaderModelOnly")
    assert (style["strength_model"], style["strength_clip"]) == (0, 0)
    assert style["lora_name"] == graph["2"]["inputs"]["lora_name"]
    assert (detail["strength_model"], detail["lora_name"]) == (1.0, "ink.safetensors")
    assert json.loads(needs(pack, values)) == ["sample", {"lora_2": "ink.safetensors"}]
    library = Library(Path("nowhere"))
    library.learn("http://127.0.0.1:8188", info_of(raw))
    assert library.choices(pack, pack.parameters["lora_1"])[0] == "none"


def listing(class_type: str) -> dict[str, Any]:
    """A LoRA loader on a server with two LoRAs."""
    entry = copy.deepcopy(dict(recorded()[class_type]))
    entry["input"]["required"]["lora_name"][0] = ["some.safetensors", "ink.safetensors"]
    return entry
