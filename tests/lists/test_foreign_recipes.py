"""What other programs wrote into an image is shown like ComfyUI's own recipes."""

import json
import random
from collections.abc import Mapping

import pytest

from bot.discord_ui.recipes.image_recipes import read_recipe
from bot.discord_ui.recipes.recipe_text import recipe_text
from bot.pictures import hidden_texts
from bot.workflows.imports.foreign import recipe_of_texts
from bot.workflows.imports.recipe import MOST_FACTS, Recipe
from tests.lists import foreign
from tests.lists.pictures import graph
from tests.pictures.carriers import mp4, png, with_comment, with_hidden
from tests.pictures.drawn import encoded, noise


def plain(name: str) -> str:
    return "".join(sign for sign in name.casefold().replace("+", "p") if sign.isalnum())


@pytest.mark.parametrize("make", foreign.MAKES)
def test_an_image_of_another_program_tells_everything(make: str) -> None:
    carried = read_recipe(foreign.MAKES[make])
    recipe = carried.recipe
    assert (recipe.prompt, recipe.negative, recipe.seed) == (foreign.PROMPT, foreign.NEGATIVE, foreign.SEED)
    facts = dict(recipe.facts)
    assert (facts["Size"], facts["Steps"], facts["CFG"]) == ("832 x 1216", "28", "6.5")
    assert plain(facts["Sampler"]) == "dpmpp2m"
    program = make.partition(",")[0]
    model = foreign.MODELS.get(program, "sd_xl_base_1.0")
    assert facts.get("Checkpoint", "") in {model, f"{model}.safetensors"} or "generator" in program
    assert facts["Program"].partition(" ")[0] == program.replace("’", "'").partition(" ")[0].removesuffix("'s")
    shown = recipe_text(recipe, "**Recipe**")
    for words in (
        foreign.PROMPT,
        foreign.NEGATIVE,
        str(foreign.SEED),
        "832 x 1216",
        "28",
        "6.5",
        facts["Sampler"],
        model,
    ):
        assert words in shown


@pytest.mark.parametrize("make", ["A1111, PNG", "Civitai, JPEG", "SwarmUI, PNG", "InvokeAI, PNG", "Fooocus, PNG"])
def test_loras_are_told(make: str) -> None:
    assert "detail" in dict(read_recipe(foreign.MAKES[make]).recipe.facts)["LoRA"]


def test_what_no_workflow_here_has_is_told_too() -> None:
    facts = dict(read_recipe(foreign.MAKES["Fooocus, PNG"]).recipe.facts)
    assert (facts["Performance"], facts["Sharpness"]) == ("Speed", "2")
    assert dict(read_recipe(foreign.MAKES["A1111, PNG"]).recipe.facts)["Clip skip"] == "2"


def test_all_that_is_in_the_file_can_be_read() -> None:
    assert read_recipe(foreign.MAKES["A1111, PNG"]).text == f"parameters:\n{foreign.A1111}"


def recipe_of(text: str) -> Recipe:
    return recipe_of_texts({"parameters": text})


def test_a_prompt_of_many_lines_and_nothing_else() -> None:
    recipe = recipe_of("a fox,\nNegative space: much\nSteps: 4, Sampler: LCM, CFG scale: 1, Seed: 0, Size: 64x64")
    assert (recipe.prompt, recipe.negative, recipe.seed) == ("a fox,\nNegative space: much", "", 0)


def test_no_prompt_at_all() -> None:
    recipe = recipe_of("Negative prompt: fog\nSteps: 4, Sampler: LCM, Seed: 5")
    assert (recipe.prompt, recipe.negative, recipe.seed) == ("", "fog", 5)


def test_lines_that_are_indented() -> None:
    recipe = recipe_of("a fox\n  Negative prompt: fog: thick\n  Steps: 4, Sampler: LCM, Seed: 5")
    assert (recipe.prompt, recipe.negative, recipe.seed) == ("a fox", "fog: thick", 5)


def test_values_in_quotes_and_lines_behind_the_settings() -> None:
    recipe = recipe_of(
        'a fox\nSteps: 20, Sampler: Euler, Seed: 1, Hires prompt: "a fox, Steps: 9, sharp", Distilled CFG Scale: 3.5,'
        ' Model: flux1-dev\nTemplate: "a {fox|cat}"'
    )
    facts = dict(recipe.facts)
    assert facts["Hires prompt"] == "a fox, Steps: 9, sharp"
    assert (facts["Guidance"], facts["Checkpoint"], facts["Steps"]) == ("3.5", "flux1-dev", "20")


def test_novelais_characters_are_part_of_the_prompt() -> None:
    novel: dict[str, str] = dict(foreign.NOVEL)
    comment = json.loads(novel["Comment"])
    comment["v4_prompt"]["caption"]["char_captions"] = [{"char_caption": "girl, red hair", "centers": [{"x": 0.5}]}]
    recipe = recipe_of_texts({**novel, "Comment": json.dumps(comment)})
    assert recipe.prompt == f"{foreign.PROMPT}\ngirl, red hair"


def test_flux_in_invokeai_has_a_guidance() -> None:
    recipe = recipe_of_texts({"invokeai_metadata": json.dumps({**foreign.INVOKE, "guidance": 3.5})})
    assert dict(recipe.settings)["guidance"] == 3.5


def test_a_graph_is_completed_by_what_a_node_wrote_beside_it() -> None:
    unknown = {"1": {"class_type": "Somebody's Prompter", "inputs": {"words": "x"}}}
    carried = read_recipe(png({"prompt": json.dumps(unknown), "parameters": foreign.A1111}))
    assert carried.graph == unknown
    assert carried.recipe.prompt == foreign.PROMPT
    theirs = read_recipe(png({"prompt": json.dumps(graph("a lighthouse", 5)), "parameters": foreign.A1111}))
    assert (theirs.recipe.prompt, theirs.recipe.seed) == ("a lighthouse", 5)
    assert "Program" not in dict(theirs.recipe.facts)


def test_a_video_of_comfyuis_tells_its_recipe() -> None:
    assert read_recipe(mp4({"prompt": json.dumps(graph("a wave", 5))})).recipe.prompt == "a wave"
    wrapped = {"comment": json.dumps({"prompt": json.dumps(graph("a wave", 5)), "workflow": {"nodes": []}})}
    assert read_recipe(mp4(wrapped)).recipe.prompt == "a wave"


@pytest.mark.parametrize(
    "texts",
    [
        {"Comment": "Created with GIMP"},
        {"Software": "Adobe Photoshop", "Description": "my holiday"},
        {"parameters": "nothing of the kind"},
        {"parameters": '{"a": 1}'},
        {"Comment": '{"prompt": "only words"}'},
        {"UserComment": "Steps taken: 9, Sampler: none"},
        {"ImageDescription": "a fox: red, a cat: black"},
    ],
    ids=str,
)
def test_what_an_ordinary_image_says_is_no_recipe(texts: Mapping[str, str]) -> None:
    assert not recipe_of_texts(texts)
    assert not read_recipe(png(texts)).recipe


@pytest.mark.parametrize("name", ["parameters", "invokeai_metadata", "sd-metadata", "dream", "comment"])
def test_whatever_stands_there_is_a_recipe_of_a_bounded_length(name: str) -> None:
    dice = random.Random(3)
    texts = [json.dumps(one) for one in (foreign.SWARM, foreign.INVOKE, foreign.INVOKE_2, foreign.FOOOCUS)]
    texts += [foreign.A1111, foreign.DREAM, foreign.CIVITAI, "Steps: " + "[" * 100_000, "Steps: 1" + ", a: [1" * 9_000]
    texts += ['{"prompt": ' + "9" * 50_000 + "}", '{"sui_image_params": {"seed": 1e999, "prompt": [[]]}}']
    for text in texts:
        for _ in range(60):
            place, length = dice.randrange(len(text)), dice.randrange(1, 9)
            broken = text[:place] + dice.choice(("", "{", '"', ":", ",", "null", "[]", "\n")) + text[place + length :]
            recipe = recipe_of_texts({name: broken, "software": "NovelAI"})
            assert len(recipe.facts) <= MOST_FACTS
            assert all(len(label) <= 60 and len(value) <= 2_000 for label, value in recipe.facts)
            assert len(recipe.prompt) + len(recipe.negative) <= 40_000
            recipe_text(recipe, "**Recipe**").encode("utf-8", "replace")


def test_what_only_looks_hidden_is_nothing() -> None:
    for mode in ("RGB", "RGBA", "L"):
        assert hidden_texts(encoded(noise(mode, (64, 64)))) == {}
    assert hidden_texts(with_hidden("PNG", "x")[:200]) == {}
    assert hidden_texts(b"no image") == {}
    bomb = hidden_texts(with_hidden("PNG", "a" * 2**21))
    assert len(bomb["parameters"]) <= 2**20


def test_a_comment_with_half_a_character_is_told() -> None:
    recipe = read_recipe(with_comment("JPEG", "a \ufffd\nSteps: 4, Sampler: LCM, Seed: 5")).recipe
    assert recipe.prompt == "a \ufffd"
