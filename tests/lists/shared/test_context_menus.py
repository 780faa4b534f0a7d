"""Show recipe, Reuse recipe, Use as input: on the bot's own images, and on those that it never saw."""

import json

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import opened, picture
from tests.discord_server import BotProcess, Channel, DiscordStandIn, File, NotOffered, User, answered
from tests.lists.asking import INPUT, REUSE, SHOW, answer, choose, done, made, menu, options_of
from tests.lists.pictures import from_comfyui, graph, png
from tests.looks import finished

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("lists")]


async def test_the_recipe_of_our_own_picture_is_what_was_ordered(
    discord: DiscordStandIn, bot: BotProcess, alice: User, bob: User
) -> None:
    message = await made(discord, alice, "a cat")
    shown = await answer(discord, SHOW, message, bob)
    assert "```\na cat\n```" in shown.content, "the member's words, not the workflow's"
    assert "Painting" in shown.content
    assert f"<@{alice.id}>" in shown.content
    assert "Seed" in shown.content


async def test_the_recipe_of_a_strangers_picture_is_read_out_of_it(
    discord: DiscordStandIn, bot: BotProcess, alice: User, bob: User
) -> None:
    theirs = graph("a lighthouse\n@everyone", 2**63)
    message = await discord.say("look", user=bob, files=[from_comfyui(theirs)])
    shown = await answer(discord, SHOW, message, alice)
    for words in ("a lighthouse", "fog", str(2**63), "832 x 1216", "dpmpp_2m", "theirs.safetensors"):
        assert words in shown.content
    assert "sdxl" not in shown.content, "no path"
    (attached,) = shown.attachments
    assert attached.filename == "recipe.json"
    assert json.loads(attached.content) == theirs


async def test_our_picture_that_somebody_posts_again_still_has_its_recipe(
    discord: DiscordStandIn, bot: BotProcess, alice: User, bob: User
) -> None:
    original = await made(discord, alice, "a cat")
    again = await discord.say("mine", user=bob, files=[File("copy.png", original.attachments[0].content)])
    shown = await answer(discord, SHOW, again, alice)
    assert "oil painting, a cat" in shown.content
    assert len(shown.attachments) == 1


async def test_a_message_without_a_picture_is_told_so(discord: DiscordStandIn, bot: BotProcess, alice: User) -> None:
    message = await discord.say("words", user=alice, files=[File("notes.txt", b"words")])
    for name in (SHOW, REUSE, INPUT):
        assert "has no image attached" in (await answer(discord, name, message, alice)).content


async def test_a_picture_without_a_recipe_is_told_so(discord: DiscordStandIn, bot: BotProcess, alice: User) -> None:
    bomb = png({"prompt": json.dumps(graph("a" * 20 * 2**20))}, compressed=True)
    for content in (png(), png()[:60], b"\xff\xd8\xff\xe0", png({"prompt": "words", "workflow": "[" * 5000}), bomb):
        message = await discord.say("", user=alice, files=[File("a.png", content)])
        for name in (SHOW, REUSE):
            assert "has no recipe" in (await answer(discord, name, message, alice)).content


async def test_a_picture_that_discord_does_not_hand_over_is_told_so(
    discord: DiscordStandIn, bot: BotProcess, alice: User
) -> None:
    message = await discord.say("", user=alice, files=[from_comfyui(graph())])
    for name in (SHOW, REUSE):
        discord.fail_next("GET", "/attachments/*", 404)
        assert "couldn’t download that image" in (await answer(discord, name, message, alice)).content


async def test_of_several_files_the_picture_of_comfyuis_is_read(
    discord: DiscordStandIn, bot: BotProcess, alice: User
) -> None:
    files = [File("a.jpg", picture(opened(png()), "JPEG")), from_comfyui(graph("a lighthouse"), "second.png")]
    shown = await answer(discord, SHOW, await discord.say("", user=alice, files=files), alice)
    assert "a lighthouse" in shown.content
    assert "second.png" in shown.content


async def test_our_own_recipe_is_reused_with_everything_that_is_not_changed(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, alice: User, bob: User
) -> None:
    given: dict[str, str | int] = {"prompt": "a cat", "negative": "fog", "seed": 77, "size": "128x64"}
    first = await done(await discord.slash("imagine", user=alice, options={**given}))
    form = await menu(discord, REUSE, first, bob)
    assert form.modal.title == "Painting"
    fields = form.modal.fields
    assert {label: field.get("value") for label, field in fields.items()} == {
        "Prompt": "a cat",
        "Negative prompt": "fog",
        "Seed": "77",
    }
    second = await done(await form.submit({"Prompt": "a dog"}))
    assert opened(second.attachments[0].content).size == (128, 64)
    sent = comfyui.submitted[-1]["prompt"]
    assert sent["6"]["inputs"]["text"] == "oil painting, a dog"
    assert (sent["7"]["inputs"]["text"], sent["3"]["inputs"]["seed"]) == ("fog", 77)


async def test_an_unchanged_recipe_makes_the_very_same_picture(
    discord: DiscordStandIn, bot: BotProcess, alice: User
) -> None:
    first = await made(discord, alice, "a cat")
    second = await done(await (await menu(discord, REUSE, first, alice)).submit({}))
    assert opened(second.attachments[0].content).tobytes() == opened(first.attachments[0].content).tobytes()


async def test_a_strangers_recipe_goes_into_the_usual_workflow(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, alice: User, bob: User
) -> None:
    message = await discord.say("", user=bob, files=[from_comfyui(graph("a lighthouse", 5))])
    form = await menu(discord, REUSE, message, alice)
    await done(await form.submit({"Negative prompt": "", "Seed": ""}))
    sent = comfyui.submitted[-1]["prompt"]
    assert sent["6"]["inputs"]["text"] == "oil painting, a lighthouse"
    assert sent["7"]["inputs"]["text"] == ""


async def test_a_seed_or_a_prompt_that_does_not_fit_the_form_is_explained_in_it(
    discord: DiscordStandIn, bot: BotProcess, alice: User
) -> None:
    message = await discord.say("", user=alice, files=[from_comfyui(graph("word " * 1000, 2**60))])
    form = await menu(discord, REUSE, message, alice)
    assert not form.modal.fields["Seed"].get("value")
    told = json.dumps(form.modal.components, ensure_ascii=False)
    assert "too large to use here" in told
    assert "4,000 characters" in told


async def test_a_seed_that_is_none_is_refused(discord: DiscordStandIn, bot: BotProcess, alice: User) -> None:
    message = await discord.say("", user=alice, files=[from_comfyui(graph())])
    for seed in ("-1", "cat", "1.5", "9" * 20):
        refused = await (await menu(discord, REUSE, message, alice)).submit({"Seed": seed})
        assert (await refused.acknowledged()).ephemeral
        assert "whole number" in refused.message.content


async def test_a_picture_that_comes_slowly_is_answered_in_time_and_its_form_later(
    discord: DiscordStandIn, bot: BotProcess, alice: User, bob: User
) -> None:
    message = await discord.say("", user=bob, files=[from_comfyui(graph("a lighthouse"))])
    discord.faults.files_served.clear()
    interaction = await discord.context_menu(REUSE, message, user=alice)
    reply = await interaction.acknowledged()
    assert reply.deferred
    assert reply.ephemeral
    discord.faults.files_served.set()
    await interaction.message.until(lambda m: bool(m.buttons))
    with pytest.raises(NotOffered):
        await discord.press(interaction.message, "Open the form", user=bob)
    form = await answered(discord.press(interaction.message, "Open the form", user=alice))
    assert form.modal.fields["Prompt"]["value"] == "a lighthouse"
    await done(await form.submit({}))


async def test_a_picture_goes_into_the_workflow_that_is_chosen(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, alice: User, bob: User
) -> None:
    message = await discord.say("", user=bob, files=[File("a.png", png(side=48))])
    chosen = await menu(discord, INPUT, message, alice)
    assert options_of(chosen.message) == ["Negative", "Restyle"]
    picked = await choose(discord, chosen.message, "Negative", alice)
    result = await done(picked)
    assert opened(result.attachments[0].content).size == (48, 48)
    assert opened(result.attachments[0].content).getpixel((1, 1)) == (255, 127, 127)


async def test_words_are_asked_for_where_the_workflow_takes_them(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, alice: User
) -> None:
    message = await made(discord, alice, "a cat")
    chosen = await menu(discord, INPUT, message, alice)
    form = await choose(discord, chosen.message, "Restyle", alice)
    await form.acknowledged()
    await done(await form.submit({"Prompt": "a dog"}))
    sent = comfyui.submitted[-1]["prompt"]
    assert sent["6"]["inputs"]["text"] == "a dog"
    assert sent["1"]["inputs"]["image"].startswith("darkroom-")


async def test_a_form_that_is_refused_opens_again_with_what_was_typed(
    discord: DiscordStandIn, bot: BotProcess, alice: User
) -> None:
    message = await made(discord, alice, "a cat")
    chosen = await menu(discord, INPUT, message, alice)
    asked = await choose(discord, chosen.message, "Restyle", alice)
    await asked.acknowledged()
    reused = await menu(discord, REUSE, message, alice)
    typed = {"Prompt": "a dog <lora:nothing:1>", "Negative prompt": "rain", "Seed": "12"}
    for form, given in ((asked, {"Prompt": typed["Prompt"]}), (reused, typed)):
        refused = await answered(form.submit(given))
        assert refused.message.ephemeral
        again = await answered(discord.press(refused.message, "Edit", user=alice))
        assert {label: field.get("value") for label, field in again.modal.fields.items()} == given
        await done(await again.submit({"Prompt": "a dog"}))


async def test_what_comes_of_a_private_image_is_private(discord: DiscordStandIn, bot: BotProcess, alice: User) -> None:
    """Its prompt stands in both forms."""
    options: dict[str, str | bool] = {"prompt": "a secret cat", "private": True}
    message = await finished(discord.slash("imagine", user=alice, options={**options}))
    reused = await finished((await menu(discord, REUSE, message, alice)).submit({}))
    form = await choose(discord, (await menu(discord, INPUT, message, alice)).message, "Restyle", alice)
    await form.acknowledged()
    restyled = await finished(form.submit({}))
    assert reused.ephemeral
    assert restyled.ephemeral
    assert not any("secret" in one.content for one in discord.messages(discord.guild.channels[0]) if not one.ephemeral)


async def test_of_several_pictures_one_is_chosen(discord: DiscordStandIn, bot: BotProcess, alice: User) -> None:
    files = [File("notes.txt", b"words"), File("a.png", png(side=8)), File("b.png", png(side=24))]
    chosen = await menu(discord, INPUT, await discord.say("", user=alice, files=files), alice)
    assert options_of(chosen.message) == ["1. a.png", "2. b.png"]
    await (await choose(discord, chosen.message, "2. b.png", alice)).acknowledged()
    picked = await choose(discord, chosen.message, "Negative", alice)
    assert opened((await done(picked)).attachments[0].content).size == (24, 24)


async def test_a_picture_that_is_none_is_refused_before_anything_is_queued(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, alice: User
) -> None:
    before = len(comfyui.submitted)
    message = await discord.say("", user=alice, files=[File("a.png", b"words")])
    chosen = await menu(discord, INPUT, message, alice)
    picked = await choose(discord, chosen.message, "Negative", alice)
    await picked.acknowledged()
    told = await picked.followup()
    assert told.ephemeral
    assert "can’t read that file as an image" in told.content
    assert len(comfyui.submitted) == before


async def test_they_work_in_direct_messages(discord: DiscordStandIn, bot: BotProcess, alice: User) -> None:
    direct: Channel = discord.direct(alice)
    message = await made(discord, alice, "a cat", direct)
    assert "a cat" in (await answer(discord, SHOW, message, alice)).content
    await done(await (await menu(discord, REUSE, message, alice)).submit({"Prompt": "a dog"}))


async def test_they_are_registered_beside_the_commands(discord: DiscordStandIn, bot: BotProcess) -> None:
    registered = {(one["type"], one["name"]) for one in discord.commands()}
    assert {(3, SHOW), (3, REUSE), (3, INPUT)} <= registered
    assert {(1, "queue"), (1, "history"), (1, "quota")} <= registered
