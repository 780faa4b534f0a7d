"""Edit is a form for everything that was requested: what is typed there means what it means to /imagine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from bot.workflows.imports.settings_text import read_settings
from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import PAINT_MANIFEST, write
from tests.discord_server import BotProcess, DiscordStandIn, Interaction, Message, answered
from tests.discord_server.resolving import Value
from tests.imagine.shapes import CHECKPOINT
from tests.imagine.studio import HAS, Studio
from tests.looks import is_done
from tests.people import ALICE, BOB
from tests.programs import heard
from tests.workflows.samples import changes

TYPED: Final[Mapping[str, Mapping[str, str]]] = {
    "paint": {
        "Prompt": "a wolf",
        "Negative prompt": "rain",
        "Size": "16:9",
        "Model": "alt",
        "Settings": "Steps=2\ncfg: 4, sampler dpmpp 2m, seed 6, count 2",
    },
    "flux": {
        "Prompt": "a wolf",
        "Size": "192x128",
        "Model": "alt",
        "Settings": "seed 6, loops 2, GUIDANCE 4\nsampler_name: dpmpp_2m, batch size 2",
    },
    "video": {
        "Prompt": "a wolf",
        "Negative prompt": "rain",
        "Style": "",
        "Settings": "denoise 0.5\nseed: 6, steps: 2, cfg_scale=4, sampler dpmpp_2m",
    },
}
"""As people write it, in every way that is understood."""


async def edit_form(discord: DiscordStandIn, message: Message) -> Interaction:
    """The open form, as a member other than the requester sees it."""
    return await answered(discord.press(message, "Edit", user=BOB))


def texts(form: Interaction) -> dict[str, str]:
    """What stands in the fields, by label."""
    return {label: field.get("value") or "" for label, field in form.modal.fields.items()}


async def asked(discord: DiscordStandIn, **given: Value) -> Message:
    options: dict[str, Value] = {"prompt": "a fox", "workflow": "paint", **given}
    return await (await answered(discord.slash("imagine", user=ALICE, options=options))).message.until(is_done)


async def refused(form: Interaction, entries: Mapping[str, str]) -> Message:
    """The private answer to a form that cannot be submitted as it is."""
    interaction = await answered(form.submit(entries))
    assert interaction.message.ephemeral
    return interaction.message


@pytest.mark.real
@pytest.mark.parametrize("workflow", HAS)
async def test_each_field_changes_its_own_part_of_the_graph(
    studio: Studio, workflow: str, discord: DiscordStandIn
) -> None:
    message, plain = await studio.made(await studio.request())
    every = {place: value for one in HAS[workflow].values() for place, value in one.items()}
    form = await edit_form(discord, message)
    assert list(form.modal.fields) == list(TYPED[workflow])
    _edited, graph = await studio.made(await answered(form.submit(TYPED[workflow])))
    assert changes(plain, graph) == every | {("6", "text"): "a wolf"}


async def test_it_holds_what_the_job_has_and_gives_it_again(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    await heard(bot.log)
    first = await asked(
        discord, negative="rain", seed=7, count=2, steps=3, guidance=4.5, sampler="dpmpp_2m", size="128x64",
        model="tiny", lora="soft light:0.5, lightning",
    )  # fmt: skip
    form = await edit_form(discord, first)
    assert texts(form) == {
        "Prompt": "a fox",
        "Negative prompt": "rain",
        "Size": "128x64",
        "Model": "tiny-random-sd15",
        "Settings": "count 2, steps 3, guidance 4.5, sampler dpmpp_2m, lora soft-light:0.5, sdxl_lightning_8step_lora",
    }
    again = await (await answered(form.submit({}))).message.until(is_done)
    assert again.content != first.content
    # What is taken away falls back to the workflow's own; the form was opened before the bot restarted.
    form = await edit_form(discord, first)
    await bot.restart()
    await bot.says(" answers", 2)
    emptied = {"Negative prompt": "", "Size": "", "Model": "", "Settings": "seed 9"}
    await (await answered(form.submit(emptied))).message.until(is_done)
    one, two, three = (body["prompt"] for body in comfyui.submitted)
    assert changes(one, two).keys() == {("3", "seed")}
    plain = await graph_of(discord, comfyui, seed=9)
    assert three == plain


async def graph_of(discord: DiscordStandIn, comfyui: ComfyUIStandIn, **given: Value) -> dict[str, Any]:
    await asked(discord, **given)
    graph: dict[str, Any] = comfyui.submitted[-1]["prompt"]
    return graph


async def test_everything_that_is_wrong_is_said_at_once_with_what_the_workflow_has(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    await heard(bot.log)
    form = await edit_form(discord, await asked(discord))
    wrong = {
        "Prompt": "  ",
        "Negative prompt": "",
        "Size": "huge",
        "Model": "nothing",
        "Settings": "steps many, stepz 4\nguidance 500, strength 0.5, sampler @everyone, seed 1e9, count 9",
    }
    answer = await refused(form, wrong)
    said = answer.content
    assert "`style`" in said
    for part in (
        "Please fill in **prompt**",
        "I don’t understand the size “huge”",
        "There is no `model` called “nothing” here. You can use: `tiny-random-sd15`",
        "**steps** should be a whole number, not `many`",
        "these settings: `stepz 4`",
        "“Painting” has: `count`, `seed`, `lora`, `steps`, `guidance`, `sampler`",
        "**cfg** is `500`; it can be at most `100`",
        "“Painting” has no option `strength`",
        "There is no `sampler` called “@\u200beveryone”",
        "A seed is a whole number from 0 to",
        "**count** is `9`; it can be at most `4`",
    ):
        assert part in said, said
    assert len(comfyui.submitted) == 1
    # Nothing has to be typed twice.
    form = await answered(discord.press(answer, "Edit", user=BOB))
    assert texts(form) == wrong
    right = {"Prompt": "a wolf", "Size": "", "Model": "", "Settings": ""}
    await (await answered(form.submit(right))).message.until(is_done)
    assert comfyui.submitted[-1]["prompt"]["6"]["inputs"]["text"] == "a wolf"
    await bot.restart()
    late = await answered(discord.press(answer, "Edit", user=BOB))
    assert "too long ago" in late.message.content


async def test_a_style_is_a_setting_or_a_field_where_there_is_no_model(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, folder: Path
) -> None:
    write(folder, "plain", CHECKPOINT, PAINT_MANIFEST.replace("Painting", "Plain").replace("default = true", ""))
    (folder / "styles.toml").write_text('["Film still"]\nprompt = "film still, {prompt}"\n', encoding="utf-8")
    await bot.says("workflows: ", 2)
    await heard(bot.log)
    for workflow, fields in (("paint", {"Model", "Settings"}), ("plain", {"Style", "Settings"})):
        form = await edit_form(discord, await asked(discord, workflow=workflow, style="film"))
        assert fields == form.modal.fields.keys() - {"Prompt", "Negative prompt", "Size"}
        assert "ilm" in texts(form)["Settings" if workflow == "paint" else "Style"]
        await (await answered(form.submit({"Prompt": "a wolf"}))).message.until(is_done)
        one, two = (body["prompt"]["6"]["inputs"]["text"] for body in comfyui.submitted[-2:])
        assert one != "a fox"
        assert two == one.replace("a fox", "a wolf")


async def test_a_prompt_that_no_form_holds_stays_and_the_rest_can_be_changed(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    await heard(bot.log)
    form = await edit_form(discord, await asked(discord, prompt="fox " * 1200 + "end", seed=3))
    assert list(form.modal.fields) == ["Negative prompt", "Size", "Model", "Settings"]
    assert "too long for this form" in str(form.modal.components[0]["description"])
    await (await answered(form.submit({"Settings": "steps 2, seed 3"}))).message.until(is_done)
    one, two = (body["prompt"] for body in comfyui.submitted)
    assert changes(one, two) == {("3", "steps"): 2}


async def test_a_form_of_an_earlier_version_changes_the_prompts_alone(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    await heard(bot.log)
    form = await edit_form(discord, await asked(discord, seed=3, steps=2, size="128x64", negative="rain"))
    components = form.modal.components
    assert isinstance(components, list)
    del components[2:]
    await (await answered(form.submit({"Prompt": "a wolf"}))).message.until(is_done)
    one, two = (body["prompt"] for body in comfyui.submitted)
    assert changes(one, two).keys() == {("3", "seed"), ("6", "text")}


@pytest.mark.parametrize(
    ("text", "values", "wrong"),
    [
        ("steps 20, guidance: 5\nseed=7", {"steps": "20", "guidance": "5", "seed": "7"}, ()),
        ("STEPS  20,,\n\n,guidance :5", {"steps": "20", "guidance": "5"}, ()),
        ("lora detail:0.8, film grain, steps 4", {"lora": "detail:0.8, film grain", "steps": "4"}, ()),
        ("cfg scale 5, cfg 4", {"cfg_scale": "5", "cfg": "4"}, ()),
        ("cfg-scale: 5", {"cfg_scale": "5"}, ()),
        ("lora a\nb, steps", {"lora": "a"}, ("b", "steps")),
        ("20 steps, stepsize 4", {}, ("20 steps", "stepsize 4")),
        ("steps 2, steps 3", {"steps": "3"}, ()),
        ("", {}, ()),
    ],
)
def test_settings_are_read_as_people_write_them(text: str, values: dict[str, str], wrong: tuple[str, ...]) -> None:
    names = ("steps", "guidance", "seed", "lora", "cfg", "cfg_scale")
    assert read_settings(text, names, {"lora"}) == (values, wrong)
