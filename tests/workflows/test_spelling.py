"""Names that servers spell differently, and choices that are no texts: the server's own value is what it gets."""

import json
from pathlib import Path

import pytest

from bot.discord_ui.requests.pack_commands import suggestions
from bot.errors import BindError
from bot.messages import explain_substituted
from bot.workflows import Library, ObjectInfo, Pack, Substitution, bind, substitutions
from bot.workflows.graphs.file_names import find
from bot.workflows.library.availability import missing
from bot.workflows.library.specs import sharpen
from bot.workflows.manifests.pack import load_pack, make_pack
from tests.workflows.cases import FOLDER, graph, linux, windows

THERE, BACK = "SDXL/style 03/model_v3.safetensors", "SDXL\\style 03\\model_v3.safetensors"
FIXED = '[parameters.prompt]\ntarget = ["6.text"]\n'


def on(info: ObjectInfo, name: str, manifest: str | None = None) -> Pack:
    """A pack as a server sharpens it."""
    pack = make_pack(name, json.dumps(graph(f"{name}.json")), manifest)
    sharpened = {key: sharpen(one, pack.graph, info) for key, one in pack.parameters.items()}
    return Pack(
        **{field: getattr(pack, field) for field in Pack.__slots__ if field != "parameters"}, parameters=sharpened
    )


@pytest.mark.parametrize("manifest", [None, FIXED])
def test_a_model_of_the_graph_is_found_whatever_its_separators(manifest: str | None) -> None:
    pack = on(windows(), "linux_paths", manifest)
    assert missing(pack, windows()) == ()
    bound = bind(pack, {"prompt": "a fox"}, windows())
    assert bound["4"]["inputs"]["ckpt_name"] == BACK
    assert bound["10"]["inputs"]["lora_name"] == "SDXL\\detail_tweaker_xl.safetensors"
    assert substitutions(pack, {"prompt": "a fox"}, windows()) == ()
    assert bind(pack, {"prompt": "a fox"}, linux())["4"]["inputs"]["ckpt_name"] == THERE


@pytest.mark.parametrize("typed", [THERE, BACK])
def test_a_member_may_type_either_slash(typed: str) -> None:
    for info, sent in ((windows(), BACK), (linux(), THERE)):
        pack = on(info, "linux_paths")
        assert bind(pack, {"prompt": "a fox", "checkpoint": typed}, info)["4"]["inputs"]["ckpt_name"] == sent


def test_upper_and_lower_case_stay_different() -> None:
    with pytest.raises(BindError) as raised:
        bind(on(windows(), "linux_paths"), {"prompt": "a", "checkpoint": THERE.upper()}, windows())
    assert raised.value.problems[0].code == "not_a_choice"


def test_autocomplete_finds_it_with_either_slash() -> None:
    for typed in ("style 03/model", "style 03\\MODEL"):
        assert [one.value for one in suggestions([BACK, "other"], typed)] == [BACK]


def test_servers_that_spell_differently_offer_the_same(tmp_path: Path) -> None:
    (tmp_path / "paths.json").write_bytes((FOLDER / "linux_paths.json").read_bytes())
    library = Library(tmp_path)
    library.reload()
    library.learn("http://one", windows())
    library.learn("http://two", linux())
    pack = library.packs["paths"]
    offered = library.choices(pack, pack.parameters["checkpoint"])
    assert len(offered) == len(windows().input("CheckpointLoaderSimple", "ckpt_name").choices)  # type: ignore[union-attr, arg-type]
    needs = json.dumps(["paths", {"checkpoint": THERE}])
    assert library.offers("http://one", needs)
    assert library.offers("http://two", needs)


def test_another_model_than_the_graphs_own_is_told() -> None:
    changed = graph("linux_paths.json")
    changed["4"]["inputs"]["ckpt_name"] = "SDXL/gone.safetensors"
    options = "".join(
        f'[parameters.{name}]\ntarget = ["{target}"]\n{more}\n'
        for name, target, more in (("prompt", "6.text", ""), ("checkpoint", "4.ckpt_name", 'choices = "server"'))
    )
    pack = make_pack("gone", json.dumps(changed), options)
    first = "SDXL\\style 00\\model_v0.safetensors"
    assert bind(pack, {"prompt": "a"}, windows())["4"]["inputs"]["ckpt_name"] == first
    told = substitutions(pack, {"prompt": "a"}, windows())
    assert told == (Substitution("SDXL/gone.safetensors", first),)
    assert explain_substituted(told) == (
        "`gone.safetensors` isn’t on the image server: `model_v0.safetensors` was used instead.",
    )
    assert substitutions(pack, {"prompt": "a", "checkpoint": first}, windows()) == ()


@pytest.mark.parametrize(("given", "sent"), [({}, 2), ({"scale": "4"}, 4), ({"scale": 8}, 8)])
def test_a_choice_of_numbers_is_sent_as_a_number(given: dict[str, object], sent: int) -> None:
    pack = on(windows(), "pack_intpick", (FOLDER / "pack_intpick.toml").read_text())
    value = bind(pack, given, windows())["2"]["inputs"]["scale"]
    assert (value, type(value)) == (sent, int)
    # Before a server has said what it has, Discord asks for a number.
    assert bind(load_pack(FOLDER / "pack_intpick.json"), {"scale": 4}, windows())["2"]["inputs"]["scale"] == 4


def test_a_truth_value_is_no_number() -> None:
    assert find(True, [1, True]) == 1
    assert find("True", [False, True]) == 1
    assert find(1, [True, 1.0]) == 1
    assert find(True, [1, 0]) is None
    assert find("3", [1, 2]) is None
