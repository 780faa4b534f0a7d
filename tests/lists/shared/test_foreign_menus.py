"""Images of other programs, and files that are no PNG, in the menus."""

import json

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, File, User, answered
from tests.lists import foreign
from tests.lists.asking import INPUT, REUSE, SHOW, answer, choose, done, menu
from tests.lists.pictures import from_comfyui, graph, png
from tests.pictures.carriers import mp4, with_exif

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("lists")]


@pytest.mark.parametrize("make", ["A1111, JPEG", "SwarmUI, PNG", "NovelAI, WebP"])
async def test_its_recipe_is_shown(discord: DiscordStandIn, bot: BotProcess, alice: User, bob: User, make: str) -> None:
    name = f"theirs.{make.partition(', ')[2].casefold()}"
    message = await discord.say("look", user=bob, files=[File(name, foreign.MAKES[make])])
    shown = await answer(discord, SHOW, message, alice)
    for words in (
        foreign.PROMPT,
        foreign.NEGATIVE,
        str(foreign.SEED),
        "832 x 1216",
        "28",
        "6.5",
        make.partition(",")[0],
    ):
        assert words in shown.content
    (attached,) = shown.attachments
    assert attached.filename == "recipe.txt"
    assert foreign.PROMPT in attached.content.decode()


async def test_its_recipe_is_used_again_with_the_settings_that_fit(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, alice: User, bob: User
) -> None:
    theirs = foreign.A1111.replace("832x1216", "128x64").replace("sd_xl_base_1.0", "first")
    message = await discord.say("", user=bob, files=[File("theirs.png", png({"parameters": theirs}))])
    form = await menu(discord, REUSE, message, alice)
    fields = {label: field.get("value") for label, field in form.modal.fields.items()}
    assert fields == {
        "Prompt": foreign.PROMPT,
        "Negative prompt": foreign.NEGATIVE,
        "Seed": str(foreign.SEED),
        "Settings": fields["Settings"],
    }
    settings = str(fields["Settings"]).splitlines()
    assert {"width: 128", "height: 64"} <= set(settings)
    assert not any(line.startswith(("sampler", "scheduler")) for line in settings), "no such option"
    await done(await form.submit({}))
    sent = comfyui.submitted[-1]["prompt"]
    assert sent["6"]["inputs"]["text"] == f"oil painting, {foreign.PROMPT}"
    assert (sent["5"]["inputs"]["width"], sent["5"]["inputs"]["height"]) == (128, 64)
    assert sent["3"]["inputs"]["seed"] == foreign.SEED


async def test_a_setting_that_is_none_is_refused(discord: DiscordStandIn, bot: BotProcess, alice: User) -> None:
    message = await discord.say("", user=alice, files=[from_comfyui(graph())])
    for wrong in ("width", "colour: red", "wide"):
        refused = await (await menu(discord, REUSE, message, alice)).submit({"Settings": wrong})
        assert (await refused.acknowledged()).ephemeral
        assert wrong in refused.message.content


async def test_its_prompt_is_where_the_form_of_an_input_begins(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, alice: User
) -> None:
    message = await discord.say("", user=alice, files=[File("theirs.jpg", foreign.MAKES["A1111, JPEG"])])
    chosen = await menu(discord, INPUT, message, alice)
    form = await answered(choose(discord, chosen.message, "Restyle", alice))
    assert form.modal.fields["Prompt"]["value"] == foreign.PROMPT
    await done(await form.submit({}))
    assert comfyui.submitted[-1]["prompt"]["6"]["inputs"]["text"] == foreign.PROMPT


async def test_an_image_without_a_recipe_asks_with_an_empty_form(
    discord: DiscordStandIn, bot: BotProcess, alice: User
) -> None:
    message = await discord.say("", user=alice, files=[File("a.png", png())])
    chosen = await menu(discord, INPUT, message, alice)
    form = await answered(choose(discord, chosen.message, "Restyle", alice))
    assert not form.modal.fields["Prompt"].get("value")


async def test_a_video_and_a_webp_tell_theirs(discord: DiscordStandIn, bot: BotProcess, alice: User) -> None:
    texts = {"prompt": json.dumps(graph("a lighthouse", 5))}
    for file in (File("wave.mp4", mp4(texts)), File("a.webp", with_exif("WEBP", texts))):
        message = await discord.say("", user=alice, files=[file])
        shown = await answer(discord, SHOW, message, alice)
        assert "a lighthouse" in shown.content
        assert [one.filename for one in shown.attachments] == ["recipe.json"]
        form = await menu(discord, REUSE, message, alice)
        assert form.modal.fields["Prompt"]["value"] == "a lighthouse"


async def test_of_several_files_the_one_that_has_a_recipe_is_read(
    discord: DiscordStandIn, bot: BotProcess, alice: User
) -> None:
    files = [File("a.png", png()), File("b.jpg", foreign.MAKES["A1111, JPEG"]), File("c.webp", with_exif("WEBP", {}))]
    message = await discord.say("", user=alice, files=files)
    shown = await answer(discord, SHOW, message, alice)
    assert foreign.PROMPT in shown.content
    assert "b.jpg" in shown.content


async def test_a_workflow_that_tells_nothing_is_handed_over(
    discord: DiscordStandIn, bot: BotProcess, alice: User
) -> None:
    unknown = {"1": {"class_type": "Somebody's Prompter", "inputs": {"words": "x"}}}
    message = await discord.say("", user=alice, files=[from_comfyui(unknown)])
    assert "contains a workflow" in (await answer(discord, SHOW, message, alice)).content
    assert "contains a workflow" in (await answer(discord, REUSE, message, alice)).content
