"""LoRAs that members add: read from their text, held against the pack's rules and the server's list, and bound."""

import copy
from pathlib import Path

import pytest

from bot.errors import BindError, Problem
from bot.workflows import Library, ObjectInfo, Pack, bind, complete, needs
from bot.workflows.binding.loras import LARGEST_WEIGHT, LORAS, MOST_LORAS, lora_choices, read_loras, write_loras
from bot.workflows.binding.shareable_graph import shareable_graph
from bot.workflows.loras.loader_nodes import Lora
from bot.workflows.manifests.manifest_text import manifest_text
from bot.workflows.manifests.pack import load_pack
from tests.workflows.known import info_of, recorded
from tests.workflows.samples import GRAPH, faults_of, pack_of, write_pack

PROMPT = '[parameters.prompt]\ntarget = ["positive.text"]\n'
NAMES = ("detail.safetensors", "sdxl/film grain.safetensors", "sdxl/old/paper.safetensors")


def server(*names: str, separator: str = "/") -> ObjectInfo:
    """What a ComfyUI says that has these LoRAs."""
    raw = copy.deepcopy(dict(recorded()))
    listed = [name.replace("/", separator) for name in names]
    for loader in ("LoraLoader", "LoraLoaderModelOnly"):
        raw[loader]["input"]["required"]["lora_name"][0] = listed
    raw["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0] = ["a.safetensors"]
    return info_of(raw)


def problems_of(pack: Pack, text: object, info: ObjectInfo | None = None) -> list[tuple[str, str]]:
    with pytest.raises(BindError) as raised:
        bind(pack, {"prompt": "a tree", LORAS: text}, info)
    return [(one.parameter, one.code) for one in raised.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("detail:0.8, film grain", (Lora("detail", 0.8), Lora("film grain"))),
        (" a , ,b:-1 ,", (Lora("a"), Lora("b", -1.0))),
        ("x.safetensors:1.25", (Lora("x.safetensors", 1.25),)),
        ("", ()),
    ],
)
def test_a_list_is_read_and_written_back(text: str, expected: tuple[Lora, ...]) -> None:
    assert read_loras(text) == (expected, ())
    assert read_loras(write_loras(expected)) == (expected, ())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("detail:strong", "bad_weight"),
        ("detail:", "bad_weight"),
        (":1", "bad_weight"),
        ("detail:nan", "bad_weight"),
        (f"detail:{LARGEST_WEIGHT + 1}", "too_large"),
        (f"detail:{-LARGEST_WEIGHT - 1}", "too_small"),
        (",".join(["detail"] * (MOST_LORAS + 1)), "too_many"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, code: str) -> None:
    _loras, problems = read_loras(text)

    assert [(one.parameter, one.code) for one in problems] == [("lora", code)]


def test_they_are_bound_in_the_servers_spelling(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, PROMPT)
    values = {"prompt": "a tree", LORAS: "detail.safetensors:0.8, sdxl/film grain.safetensors"}
    graph = bind(pack, values, server(*NAMES, separator="\\"))

    assert graph["lora_1"]["inputs"]["lora_name"] == "detail.safetensors"
    assert graph["lora_1"]["inputs"]["strength_clip"] == 0.8
    assert graph["lora_2"]["inputs"]["lora_name"] == "sdxl\\film grain.safetensors"
    assert graph["5"]["inputs"]["model"] == ["lora_2", 0]
    assert graph["2"]["inputs"]["clip"] == ["lora_2", 1]
    assert "lora_1" not in pack.graph


def test_what_the_server_does_not_list_never_reaches_it(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, PROMPT)

    assert problems_of(pack, "../../secret.safetensors", server(*NAMES)) == [("lora", "not_a_choice")]
    assert problems_of(pack, 5) == [("lora", "wrong_type")]


def test_the_manifest_can_forbid_them(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, f"{PROMPT}[loras]\nallowed = false\n")

    assert problems_of(pack, "detail.safetensors", server(*NAMES)) == [("lora", "no_place")]
    assert lora_choices(pack, [server(*NAMES)]) == ()


@pytest.mark.parametrize("separator", ["/", "\\"])
def test_the_manifest_can_restrict_them_to_a_folder(tmp_path: Path, separator: str) -> None:
    pack = pack_of(tmp_path, f'{PROMPT}[loras]\nfolder = "sdxl/"\n')
    info = server(*NAMES, separator=separator)

    assert [name.replace("\\", "/") for name in lora_choices(pack, [info])] == list(NAMES[1:])
    assert problems_of(pack, "detail.safetensors", info) == [("lora", "not_a_choice")]
    assert "lora_1" in bind(pack, {"prompt": "a tree", LORAS: NAMES[1]}, info)


def test_the_manifest_can_place_them(tmp_path: Path) -> None:
    two_models = copy.deepcopy(dict(GRAPH))
    two_models["9"] = {"class_type": "UNETLoader", "inputs": {"unet_name": "b.safetensors"}}
    two_models["6"]["inputs"]["model"] = ["9", 0]
    unclear = pack_of(tmp_path, PROMPT, two_models)
    placed = pack_of(tmp_path, f'{PROMPT}[loras]\nafter = ["Load Checkpoint"]\n', two_models)

    assert problems_of(unclear, "detail.safetensors") == [("lora", "no_place")]
    graph = bind(placed, {"prompt": "a tree", LORAS: "detail.safetensors"}, server(*NAMES))
    assert graph["5"]["inputs"]["model"] == ["lora_1", 0]
    assert graph["6"]["inputs"]["model"] == ["9", 0]


def test_faults_in_the_table_are_named(tmp_path: Path) -> None:
    path = write_pack(tmp_path, f'{PROMPT}[loras]\nallowed = 1\nafter = ["Nobody"]\nplace = "here"\n')
    faults = " ".join(faults_of(path))

    for part in ("there is no key place", "'Nobody': no such node", "allowed should be true or false"):
        assert part in faults


def test_the_table_is_exported_as_it_was(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, f'{PROMPT}[loras]\nallowed = true\nfolder = "sdxl"\nafter = ["Load Checkpoint"]\n')

    assert pack.loras.after == ("1",)
    assert load_pack(write_pack(tmp_path, manifest_text(pack), name="sample")).loras == pack.loras


def test_a_parameter_of_that_name_is_the_packs_own(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, f'{PROMPT}[parameters.loras]\ntarget = ["3.text"]\n')

    assert bind(pack, {"prompt": "a tree", LORAS: "anything"})["3"]["inputs"]["text"] == "anything"


def test_a_job_goes_to_a_server_that_has_its_loras(tmp_path: Path) -> None:
    write_pack(tmp_path, PROMPT)
    library = Library(tmp_path)
    library.reload()
    library.learn("http://one", server(*NAMES))
    library.learn("http://two", server("other.safetensors"))
    pack = library.packs["sample"]
    filled = complete(pack, {"prompt": "a tree", LORAS: f"{NAMES[0]}:0.8"}, library.distinct_infos)
    wanted = needs(pack, filled)

    assert library.loras(pack) == (*NAMES, "other.safetensors")
    assert (library.offers("http://one", wanted), library.offers("http://two", wanted)) == (True, False)


def test_the_recipes_graph_has_them(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, PROMPT)
    graph = shareable_graph(pack, {"prompt": "a tree", LORAS: NAMES[1]}, server(*NAMES))

    assert graph is not None
    assert graph["lora_1"]["inputs"]["lora_name"] == NAMES[1]


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, PROMPT)
    with pytest.raises(BindError) as raised:
        bind(pack, {LORAS: "a:b, c:99", "hue": 1})

    assert set(raised.value.problems) == {
        Problem("hue", "unknown", None, None),
        Problem("prompt", "missing"),
        Problem("lora", "bad_weight", "a:b"),
        Problem("lora", "too_large", 99.0, LARGEST_WEIGHT),
    }
