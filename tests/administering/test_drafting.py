"""A manifest as a form and back again, and the questions that a graph leaves open."""

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_ui.workflows.draft_summary import faulty, refusal, summary
from bot.errors import PackError
from bot.uploads.uploaded_names import name_of, title_of
from bot.workflows.manifests.manifest_form import (
    LONGEST_NAME,
    Form,
    compose,
    proposed,
    questions,
    read_filled_in,
    read_pack,
    settled,
    split,
    taken_over,
)
from tests.comfyui_server.graphs import Graph, model_free, txt2img

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(str.strip)


def two_prompts() -> Graph:
    graph = txt2img(prompt_text="a fox") | {"16": txt2img(prompt_text="a whale")["6"], "13": txt2img()["3"]}
    graph["13"]["inputs"]["positive"] = ["16", 0]
    return graph


@given(words, words, words, words)
def test_a_form_survives_being_kept(title: str, description: str, command: str, options: str) -> None:
    form = Form(title, description, command, options)
    kept = split(compose(form))
    title, description, command = (one.replace("\x7f", "") for one in (title, description, command))
    assert kept == Form(title, description, command, options)


@given(words)
def test_every_title_is_toml(title: str) -> None:
    assert tomllib.loads(compose(Form(title, "", "", "")))["title"] == title.replace("\x7f", "")


@pytest.mark.parametrize("graph", [txt2img(), model_free()], ids=["txt2img", "model-free"])
def test_what_is_proposed_is_a_manifest(graph: Graph) -> None:
    form = proposed("red_foxes", graph)
    pack = read_pack("red_foxes", graph, compose(form))
    assert form.title == pack.title == "Red foxes"
    assert pack.command is None
    assert questions(graph, pack.parameters) == ()


def test_a_question_is_left_out_until_it_is_answered() -> None:
    graph = two_prompts()
    form = proposed("two", graph)
    pack = read_pack("two", graph, compose(form))
    assert "prompt" not in pack.parameters
    (question,) = questions(graph, pack.parameters)
    assert question.parameter == "prompt"
    answered = f"{form.options}\n\n{settled('two', graph, 'prompt', question.candidates[1])}"
    pack = read_pack("two", graph, compose(Form("Two", "", "", answered)))
    assert [target.node_id for target in pack.parameters["prompt"].targets] == ["16"]
    assert questions(graph, pack.parameters) == ()


def test_a_manifest_of_ones_own_is_taken_over_whole() -> None:
    text = 'title = "Mine"\nnsfw = true\ncommand = "fox"\n\n[parameters.prompt]\ntarget = ["6.text"]\n'
    form = taken_over(text, "Foxes")
    assert (form.title, form.command) == ("Mine", "fox")
    pack = read_pack("foxes", txt2img(), compose(form))
    assert pack.nsfw
    assert pack.command == "fox"
    assert list(pack.parameters) == ["prompt"]


def test_a_form_with_a_slip_is_refused_with_its_place() -> None:
    with pytest.raises(PackError) as caught:
        read_pack("foxes", txt2img(), compose(Form("Foxes", "", "", "[parameters.prompt]\ntarget = 5")))
    assert any("prompt" in fault for fault in caught.value.faults)


def test_a_slip_in_the_options_is_placed_by_their_own_lines() -> None:
    with pytest.raises(PackError) as caught:
        read_filled_in("foxes", txt2img(), compose(Form("Foxes", "", "", "nsfw = true\nnot toml [")))
    (fault,) = caught.value.faults
    assert fault.startswith("Options: ")
    assert "at line 2, column 5" in fault


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("My Foxes.json", "my_foxes"),
        ("ComfyUI_00001_.png", "comfyui_00001"),
        ("ComfyUI_00001_.webp", "comfyui_00001"),
        ("video.MP4", "video"),
        ("Flux v1.dev", "flux_v1_dev"),
        ("../../etc/passwd", "etc_passwd"),
        ("???.json", "workflow"),
        ("Ärger & Ümläut.json", "arger_umlaut"),
        ("Straße.JSON", "strasse"),
        ("a fox – mine 😀.json", "a_fox_mine"),
        ("狐.json", "workflow_26d100"),
        ("a fox 狐.json", "a_fox_8ddfdd"),
        ("x" * 80, "x" * 25 + "_d929cd"),
    ],
)
def test_a_name_is_what_a_key_can_hold(given_name: str, expected: str) -> None:
    assert name_of(given_name) == expected
    assert len(expected) <= LONGEST_NAME


def test_files_whose_letters_no_key_holds_keep_apart() -> None:
    given = (
        "狐",
        "猫",
        "лиса",
        "ثعلب",
        "😀",
        "wan_video_image_to_video_in_high_quality_1",
        "wan_video_image_to_video_in_high_quality_2",
    )
    assert len({name_of(f"{one}.json") for one in given}) == len(given)
    assert name_of("狐.json") == name_of("狐.png")


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("My Foxes.json", "My foxes"),
        ("ComfyUI_00001_.png", "Comfyui 00001"),
        ("../../etc/passwd", "Etc passwd"),
        ("日本語の ワークフロー.json", "日本語の ワークフロー"),
        ("Ärger & Straße.json", "Ärger straße"),
        ("हिन्दी.json", "हिन्दी"),
        ("a\u202egnp.json", "Agnp"),
        ("😀.json", "Workflow f0443a"),
        ("x" * 200, "X" + "x" * 79),
    ],
)
def test_a_title_keeps_the_letters_of_every_script(given_name: str, expected: str) -> None:
    assert title_of(given_name) == expected


def test_what_an_author_called_a_text_is_not_repeated_in_the_manifest() -> None:
    graph = txt2img()
    for node_id, node in graph.items():
        node["_meta"] = {"title": f"{node_id} {'long. [' * 1000}"}
    form = proposed("foxes", graph)
    assert "prompt" in read_pack("foxes", graph, compose(form)).parameters


def test_names_that_no_manifest_has_room_for_are_a_fault_of_the_workflow() -> None:
    graph = txt2img()
    graph["4"]["inputs"]["ckpt_name"] = "x" * 20_000
    with pytest.raises(PackError, match="too long"):
        proposed("foxes", graph)


def test_a_summary_is_no_longer_than_a_message() -> None:
    graph = txt2img()
    options = "\n".join(f'[parameters.a_rather_long_name_{n}]\ntarget = ["KSampler.steps"]' for n in range(60))
    pack = read_pack("foxes", graph, compose(Form("F" * 300, "d" * 900, "", options)))
    text = summary(pack, None, "foxes", questions(graph, {}), {})
    assert len(text) <= 2000
    assert "more" in text
    assert text.endswith("Only you can see this.")
    for told in (faulty("t" * 500, ["f" * 900] * 40), refusal(["f" * 900] * 40)):
        assert len(told) <= 2000


def end_frames(*, required: bool) -> str:
    asks = f'[parameters.end_image]\ntarget = ["7.text"]\nrequired = {str(required).lower()}'
    return f'[parameters.prompt]\ntarget = ["6.text"]\n\n[parameters.steps]\ntarget = ["KSampler.steps"]\n\n{asks}'


@pytest.mark.parametrize(
    ("required", "says"),
    [
        (True, "⚠️ Members can’t run it with `/imagine`, which lacks a required option: **end\\_image**."),
        (False, "`/imagine` has no option for **end\\_image**. To offer it, press **Edit**"),
    ],
)
def test_a_summary_names_the_options_that_imagine_lacks(required: bool, says: str) -> None:
    pack = read_pack("foxes", txt2img(), compose(Form("Foxes", "", "", end_frames(required=required))))
    assert says in summary(pack, None, "foxes", (), {})
    assert "has no option" not in summary(pack, "foxes", "foxes", (), {})
    assert "lacks" not in summary(pack, "foxes", "foxes", (), {})


def test_a_summary_is_silent_where_imagine_has_every_option() -> None:
    graph = txt2img()
    pack = read_pack("foxes", graph, compose(proposed("foxes", graph)))
    assert "/imagine` has no" not in summary(pack, None, "foxes", (), {})


def test_a_question_shows_the_values_and_counts_the_candidates_that_it_does_not_list() -> None:
    graph = two_prompts()
    pack = read_pack("two", graph, compose(proposed("two", graph)))
    (question,) = questions(graph, pack.parameters)
    text = summary(pack, None, "two", [question], {})
    assert "(a fox) or" in text
    assert "(a whale)?" in text
    many = replace(question, candidates=("6.text",) * 7)
    assert "or 3 more?" in summary(pack, None, "two", [many], {})


def test_a_summary_says_that_a_lora_can_be_none() -> None:
    options = '[parameters.lora]\ntarget = ["4.ckpt_name"]\nchoices = "server"\nnone = ["KSampler.cfg"]'
    pack = read_pack("foxes", txt2img(), compose(Form("Foxes", "", "", options)))
    assert "**lora**: a choice from the ComfyUI server or `none`" in summary(pack, None, "foxes", (), {})
