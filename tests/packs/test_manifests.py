"""What members see of the shipped packs: few words, friendly options, in an order that Discord takes."""

import re

from bot.workflows import Pack, default_of, taking_prompt
from bot.workflows.graphs.graph import link_source, live_nodes
from tests.packs.checking import RAW
from tests.packs.shipped import FAULTS, FOLDER, PACKS, each_pack

MOST_OPTIONS = 25
LONGEST_TEXT = 100
LEGAL_NAME = re.compile(r"[a-z0-9_-]{1,32}")
OF_THE_BOT = {"imagine", "cancel", "queue", "history", "workflows", "workflow", "quota", "moderate", "machine"}


def test_the_packs_that_the_readme_promises_are_there_without_a_fault() -> None:
    assert FAULTS == ()
    assert PACKS.keys() == {
        *("text_to_image", "image_to_image", "upscale", "inpaint", "draft_and_refine", "flux"),
        *("image_to_video", "no_model", "sdxl", "z_image", "text_to_video", "music"),
    }
    manifests = {path.stem for path in FOLDER.glob("*.toml")} - {"styles"}
    assert manifests == {path.stem for path in FOLDER.glob("*.json")}


def test_one_pack_is_what_imagine_uses() -> None:
    assert [pack for pack in PACKS.values() if pack.default] == [default_of(PACKS.values())]


def test_the_first_that_starts_from_a_picture_makes_a_picture_of_it() -> None:
    """It is what `/imagine image:` uses when nothing is chosen."""
    takers = [pack for pack in taking_prompt(PACKS.values()) if "image" in pack.offered]
    assert default_of(takers) is PACKS["image_to_image"]


def test_each_command_has_a_name_of_its_own() -> None:
    commands = {pack.name: pack.command for pack in PACKS.values() if pack.command is not None}
    assert commands == {
        "image_to_image": "restyle",
        "image_to_video": "animate",
        "inpaint": "inpaint",
        "music": "music",
        "no_model": "card",
        "text_to_video": "video",
        "upscale": "upscale",
    }
    assert not OF_THE_BOT & set(commands.values())


@each_pack
def test_titles_and_descriptions_are_short(pack: Pack) -> None:
    texts = [pack.title, pack.description, *(parameter.description for parameter in pack.parameters.values())]
    assert all(0 < len(text) <= LONGEST_TEXT for text in texts), texts


@each_pack
def test_options_have_legal_names_and_the_required_ones_come_first(pack: Pack) -> None:
    assert len(pack.offered) <= MOST_OPTIONS
    assert all(LEGAL_NAME.fullmatch(name) for name in pack.parameters)
    required = [parameter.required for parameter in pack.offered.values()]
    assert required == sorted(required, reverse=True)


@each_pack
def test_every_number_has_a_range_that_its_own_value_lies_in(pack: Pack) -> None:
    for parameter in pack.parameters.values():
        if parameter.type in {"integer", "number"}:
            assert parameter.min is not None, parameter.name
            assert parameter.max is not None, parameter.name
            for target in parameter.targets:
                value = pack.graph[target.node_id]["inputs"][target.input_name]
                assert isinstance(value, int | float)
                assert parameter.min <= value <= parameter.max, parameter.name


@each_pack
def test_every_node_has_a_title_of_its_own_and_leads_to_an_output(pack: Pack) -> None:
    titles = [node["_meta"]["title"] for node in pack.graph.values()]
    assert len(set(titles)) == len(titles)
    assert live_nodes(pack.graph) == pack.graph.keys()
    feeding = {link_source(value) for node in pack.graph.values() for value in node["inputs"].values()}
    assert all(RAW[pack.graph[node_id]["class_type"]]["output_node"] for node_id in pack.graph.keys() - feeding)


def test_the_refinement_is_what_a_member_sees_first() -> None:
    pack = PACKS["draft_and_refine"]
    assert list(pack.outputs.stages.values()) == ["Draft", "Refined"]
    assert pack.outputs.final == "Refined"
    assert len(pack.parameters["seed"].targets) == 2
    assert pack.parameters["prompt"].template == "zavy-ctflt, drawing, {value}"
