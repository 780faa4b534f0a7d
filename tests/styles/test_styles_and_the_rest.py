"""A style together with what members give besides it: their options, their prompt’s options and tags, their defaults.
Whatever they give wins, and nothing that a style names keeps a request from running.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, answered
from tests.discord_server.resolving import Value
from tests.imagine.test_edit_form import edit_form, texts
from tests.imagine.test_kept_values import posted
from tests.looks import is_done
from tests.member_settings.test_defaults import set_up
from tests.people import ALICE, MONA
from tests.styles.test_styles_in_discord import asked, inputs, told

TINY: Final = "tiny-random-sd15.safetensors"
XL: Final = "sdxl/base.safetensors"
STYLES: Final = """
[Large]
prompt = "large {prompt}"
model = "sdxl"

[Broad]
prompt = "broad {prompt}"
size = "16:9"

[Lit]
prompt = "lit {prompt} <lora:lightning:0.2>"
lora = "soft light:0.5, nowhere"

[Pasted]
prompt = "<lora:nowhere:0.7> {prompt}, __nowhere__, <lora:lightning:99>"
negative = "__nowhere__"
lora = "nowhere"

[Sketched]
prompt = "sketch of {prompt}"
workflow = "bare"
"""
LARGE: Final = (1344, 768)
"""Of 16:9 for the model `XL`."""


@pytest.fixture
def checkpoints() -> tuple[str, ...]:
    return (TINY, XL)


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "styles.toml").write_text(STYLES)
    return folder


@pytest.mark.parametrize(
    ("defaults", "given"),
    [
        ({}, {"style": "Large", "size": "16:9"}),
        ({}, {"style": "Large", "prompt": "a fox --ar 16:9"}),
        ({}, {"style": "Broad", "prompt": "a fox --model sdxl"}),
        ({"size": "16:9"}, {"style": "Large"}),
        ({"size": "16:9"}, {"prompt": "a fox --model sdxl"}),
        ({"size": "16:9", "style": "Large"}, {}),
        ({"model": "sdxl"}, {"style": "Broad"}),
        ({"model": "sdxl"}, {"prompt": "a fox --ar 16:9"}),
    ],
)
async def test_a_shape_has_the_pixels_that_suit_the_model_wherever_both_come_from(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn, defaults: Mapping[str, Value], given: Mapping[str, Value]
) -> None:
    if defaults:
        await set_up(at_work, **defaults)
    message = await asked(at_work, **given)
    (one,) = map(inputs, posted(comfyui))
    assert (one["model"], one["size"]) == (XL, LARGE)
    await (await answered(at_work.press(message, "Again", user=MONA))).message.until(is_done)
    assert inputs(posted(comfyui)[1])["size"] == LARGE


@pytest.mark.parametrize("given", [{"style": "none"}, {"prompt": "a fox --style None"}])
async def test_none_is_no_style_for_once_whatever_the_default_is(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn, given: Mapping[str, Value]
) -> None:
    assert "No style this time" not in await offered_styles(at_work)
    await set_up(at_work, style="Large")
    assert (await offered_styles(at_work))["No style this time"] == "none"
    message = await asked(at_work, **given)
    await (await answered(at_work.press(message, "Again", user=ALICE))).message.until(is_done)
    await asked(at_work)
    prompts = [inputs(one)["prompt"] for one in posted(comfyui)]
    assert prompts == ["a fox", "a fox", "large a fox"]
    assert "style Large" not in message.content
    assert "style none" not in message.content.splitlines()[-1]
    assert "Style: none" in (await set_up(at_work, style="none")).replace("*", "")


async def offered_styles(discord: DiscordStandIn) -> dict[str, Value]:
    return {
        one.name: one.value for one in await discord.autocomplete("imagine", option="style", value="no", user=ALICE)
    }


@pytest.mark.parametrize(
    ("given", "weights"),
    [
        ({}, [("soft-light", 0.5), ("lightning", 0.2)]),
        ({"lora": "soft light:0.9"}, [("soft-light", 0.9), ("lightning", 0.2)]),
        ({"prompt": "a fox <lora:soft-light:0.9>"}, [("soft-light", 0.9), ("lightning", 0.2)]),
        ({"prompt": "a fox --lora soft light:0.9"}, [("soft-light", 0.9), ("lightning", 0.2)]),
        ({"prompt": "a fox <lora:lightning:0.9>"}, [("soft-light", 0.5), ("lightning", 0.9)]),
        ({"lora": "lightning:0.9", "prompt": "<lora:soft light:0.8> a fox"}, [("lightning", 0.9), ("soft-light", 0.8)]),
        ({"lora": ", ".join(["lightning:0.1"] * 8)}, [("lightning", 0.1)] * 8),
    ],
)
async def test_a_members_loras_win_over_those_of_the_style_however_they_are_given(
    at_work: DiscordStandIn,
    comfyui: ComfyUIStandIn,
    given: Mapping[str, Value],
    weights: list[tuple[str, float]],
) -> None:
    message = await asked(at_work, style="Lit", **given)
    assert "ignored" not in message.content
    (one,) = map(inputs, posted(comfyui))
    assert one["prompt"] == "lit a fox"
    found = [("lightning" if "lightning" in name else name.split(".")[0], weight) for name, weight in one["loras"]]
    assert found == weights


@pytest.mark.parametrize("workflow", ["paint", "bare"])
async def test_what_a_style_names_and_nobody_has_stops_no_request(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn, workflow: str
) -> None:
    assert is_done(await asked(at_work, style="Pasted", workflow=workflow))
    (one,) = map(inputs, posted(comfyui))
    assert one["prompt"] == "a fox, __nowhere__"
    assert one["negative"] == ("__nowhere__" if workflow == "paint" else "")
    assert one["loras"] == []


async def test_a_default_negative_prompt_whose_wildcard_is_gone_stops_no_request(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    await set_up(at_work, negative="rain, __nowhere__")
    assert is_done(await asked(at_work))
    assert inputs(posted(comfyui)[0])["negative"] == "rain, __nowhere__"


async def test_the_styles_workflow_is_used_if_it_has_everything_that_is_given(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    async def title(**given: Value) -> str:
        shown = (await asked(at_work, **given)).content
        assert "style sketch" in shown.lower()
        return "Bare" if " · Bare · " in shown else "Painting"

    assert await title(style="sketched") == "Bare"
    assert await title(prompt="a fox --style sketch --cfg 4") == "Bare"
    assert await title(style="sketched", size="64x128") == "Painting"
    assert await title(style="sketched", prompt="a fox --no rain") == "Painting"
    assert await title(style="sketched", workflow="paint") == "Painting"
    await set_up(at_work, style="sketched")
    assert await title() == "Bare"
    await set_up(at_work, workflow="paint")
    assert await title() == "Painting"
    assert {inputs(graph)["prompt"] for graph in posted(comfyui)} == {"sketch of a fox"}


async def test_a_prompt_that_is_too_long_with_its_style_names_the_style(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    refused = await asked(at_work, style="Broad", prompt="x" * 5998)
    assert "With the text of the style “Broad”, that prompt is too long: at most 6,000" in refused.content
    assert comfyui.submitted == []


async def test_edit_shows_a_style_where_it_was_given(at_work: DiscordStandIn, comfyui: ComfyUIStandIn) -> None:
    first = await asked(at_work, prompt="a fox --style Broad")
    form = await edit_form(at_work, first)
    assert texts(form)["Settings"] == ""
    changed = {"Prompt": "a wolf --style large"}
    await (await answered(form.submit(changed))).message.until(is_done)
    form = await edit_form(at_work, first)
    await (await answered(form.submit({"Prompt": "a wolf"}))).message.until(is_done)
    assert [inputs(graph)["prompt"] for graph in posted(comfyui)] == ["broad a fox", "large a wolf", "a wolf"]


async def test_edit_with_another_model_keeps_the_shape_at_its_pixels(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    shown = []
    message = await asked(at_work, size="16:9")
    for model in ("sdxl", ""):
        form = await edit_form(at_work, message)
        shown.append(texts(form)["Size"])
        message = await (await answered(form.submit({"Model": model}))).message.until(is_done)
    for style, size in (("broad", "200x128"), ("large", "16:9"), ("large", "192x128")):
        message = await asked(at_work, style=style, size=size)
        shown.append(texts(await edit_form(at_work, message))["Size"])
    assert [inputs(graph)["size"] for graph in posted(comfyui)][:3] == [(192, 128), LARGE, (192, 128)]
    assert shown == ["16:9", "16:9", "200x128", "16:9", "192x128"]


async def test_edit_begins_with_what_a_style_left_when_it_is_gone(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    first = await asked(at_work, prompt="a {fox|fox}", style="Broad")
    assert "hidden" in await told(at_work, "style remove", name="Broad")
    form = await edit_form(at_work, first)
    shown = texts(form)
    assert (shown["Prompt"], shown["Settings"]) == ("broad a fox", "")
    await (await answered(form.submit({"Prompt": "a wolf"}))).message.until(is_done)
    one, two = map(inputs, posted(comfyui))
    assert two == {**one, "prompt": "a wolf"}


async def test_whatever_refuses_an_edit_nothing_has_to_be_typed_twice(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    first = await asked(at_work)
    wrong: dict[str, dict[str, Any]] = {
        "no wildcards here yet. To keep `__nowhere__`": {"Prompt": "a __nowhere__ cat"},
        "no option `--bogus`": {"Prompt": "a cat --bogus"},
        "no `style` called “nowhere”": {"Settings": "style nowhere"},
        "no `lora` called “none”": {"Prompt": "a cat <lora:none:1>"},
    }
    for said, typed in wrong.items():
        refused = await answered((await edit_form(at_work, first)).submit(typed))
        assert said in refused.message.content
        opened = await answered(at_work.press(refused.message, "Edit", user=refused.user))
        assert texts(opened).items() >= typed.items()
    assert len(posted(comfyui)) == 1
