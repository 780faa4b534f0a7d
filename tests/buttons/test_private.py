"""`private`: only its owner sees it, until they publish it; after its token's death it comes as a direct message."""

import sqlite3
from pathlib import Path

from tests.buttons.conftest import Delete, Order, Press
from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import picture
from tests.commands.test_clean_pictures import two_halves
from tests.discord_server import BotProcess, DiscordStandIn, File, answered
from tests.looks import is_done, labels
from tests.people import ALICE, BOB, MONA

DONE = ["Again", "Vary", "Edit", "Upscale", "Recipe", "Delete"]


async def test_it_is_made_where_nobody_else_sees_it_and_what_follows_is_private_too(
    discord: DiscordStandIn, order: Order, press: Press
) -> None:
    message = await order(ALICE, private=True)
    assert message.ephemeral
    assert message.viewer == ALICE
    assert labels(message) == ["Publish", *DONE]
    again = await press(message, "Again", ALICE)
    assert (await again.message.until(is_done)).ephemeral
    varied = await press(message, "Vary", ALICE)
    assert (await varied.message.until(is_done)).ephemeral
    assert not discord.messages()


async def test_a_published_one_is_everybodys_with_its_very_pictures_and_names_its_owner(
    discord: DiscordStandIn, order: Order, press: Press, delete: Delete
) -> None:
    message = await order(ALICE, private=True, count=2)
    posted = await (await press(message, "Publish", ALICE)).followup()
    assert discord.messages() == [posted]
    assert not posted.ephemeral
    assert posted.content.endswith(f"<@{ALICE.id}>")
    assert not posted.state.mentioned
    assert [one.content for one in posted.attachments] == [one.content for one in message.attachments]
    assert {one.description for one in (*posted.attachments, *message.attachments)} == {"AI-generated image: a fox"}
    await message.until(lambda message: labels(message) == labels(posted) == [*DONE, "Report"])
    again = await press(posted, "Again", BOB)
    assert not (await again.message.until(is_done)).ephemeral
    assert "not yours" in (await press(posted, "Delete", BOB)).message.content
    # From its private copy both go.
    await delete(message, ALICE)
    assert posted.deleted
    assert message.deleted


async def test_two_presses_publish_it_once(discord: DiscordStandIn, order: Order, press: Press) -> None:
    message = await order(ALICE, private=True)
    state = message.state
    first = await press(message, "Publish", ALICE)
    late = await answered(discord.press(message, "Publish", user=ALICE, state=state))
    assert "already" in (await late.followup()).content
    await first.followup()
    assert len(discord.messages()) == 1


async def test_what_discord_did_not_take_can_be_published_again(
    discord: DiscordStandIn, order: Order, press: Press
) -> None:
    message = await order(ALICE, private=True)
    discord.fail_next("GET", "/attachments/*", 404)
    told = await (await press(message, "Publish", ALICE)).followup()
    assert told.ephemeral
    await message.until(lambda m: labels(m)[0] == "Publish")
    await (await press(message, "Publish", ALICE)).followup()
    assert len(discord.messages()) == 1


async def test_a_packs_own_command_takes_it_too(
    discord: DiscordStandIn, bot: BotProcess, comfyui: ComfyUIStandIn
) -> None:
    given = File("a.png", picture(two_halves()))
    interaction = await discord.slash("upscale", user=ALICE, image=given, private=True)
    assert (await interaction.acknowledged()).ephemeral
    assert (await interaction.message.until(is_done)).ephemeral
    assert not discord.messages()


async def test_nobody_else_reaches_a_private_job(discord: DiscordStandIn, order: Order) -> None:
    message = await order(ALICE, private=True)
    planted = discord.plant(message.channel, [str(button.custom_id) for button in message.buttons])
    for button in planted.buttons:
        interaction = await answered(discord.press(planted, str(button.custom_id), user=MONA))
        assert "no longer have that request" in interaction.message.content
    assert discord.messages() == [planted]


async def test_after_fifteen_minutes_it_comes_as_a_direct_message(
    discord: DiscordStandIn, bot: BotProcess, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    comfyui.faults.hang_in = "KSampler"
    interaction = await answered(discord.slash("imagine", user=ALICE, prompt="a fox", private=True))
    await bot.kill()
    with sqlite3.connect(tmp_path / "data" / "darkroom.db") as database:
        database.execute("UPDATE jobs SET created_at = created_at - 14.5 * 60")
    await bot.start()
    await bot.wait_ready()
    warning = await interaction.followup()
    assert "direct message" in warning.content
    assert warning.ephemeral
    await bot.kill()
    with sqlite3.connect(tmp_path / "data" / "darkroom.db") as database:
        database.execute("UPDATE jobs SET created_at = created_at - 60")
    interaction.expire()
    comfyui.faults.hang_in = None
    await bot.start()
    await discord.until(lambda: bool(discord.messages(discord.direct(ALICE))))
    (message,) = discord.messages(discord.direct(ALICE))
    assert message.attachments
    assert "privately" in message.content
    assert not discord.messages()
