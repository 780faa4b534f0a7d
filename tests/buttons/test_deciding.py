"""Cancel and Delete: for the owner and for moderators. A job of another guild is nowhere to be found."""

import sqlite3
from pathlib import Path

import pytest

from tests.buttons.conftest import PATIENCE, Order, Press
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, Guild, Permission, User
from tests.waiting import until

WORDS = ["again", "retry", "vary", "edit", "upscale", "recipe", "delete", "publish", "cancel"]


def deleted_by(folder: Path) -> list[int | None]:
    with sqlite3.connect(folder / "data" / "darkroom.db") as database:
        return [row[0] for row in database.execute("SELECT deleted_by FROM jobs")]


async def test_nobody_else_deletes_a_picture(
    discord: DiscordStandIn, order: Order, press: Press, alice: User, bob: User, tmp_path: Path
) -> None:
    message = await order(alice)
    answer = (await press(message, "Delete", bob)).message
    assert answer.ephemeral
    assert "not yours" in answer.content
    assert discord.messages() == [message]
    assert deleted_by(tmp_path) == [None]


async def test_its_owner_and_a_moderator_delete_one_and_the_ledger_knows_who(
    discord: DiscordStandIn, order: Order, press: Press, alice: User, moderator: User, tmp_path: Path
) -> None:
    for who in (alice, moderator):
        message = await order(alice)
        told = await (await press(message, "Delete", who)).followup()
        assert told.ephemeral
        assert "Deleted" in told.content
        assert message.deleted
    assert deleted_by(tmp_path) == [alice.id, moderator.id]


async def test_a_message_of_a_channel_that_the_bot_does_not_see_is_deleted_too(
    discord: DiscordStandIn, order: Order, press: Press, alice: User
) -> None:
    message = await order(alice)
    discord.set_bot_permissions(message.channel, Permission(0))
    await (await press(message, "Delete", alice)).followup()
    assert message.deleted


async def test_a_moderator_cancels_and_the_message_says_who(
    discord: DiscordStandIn,
    bot: BotProcess,
    comfyui: ComfyUIStandIn,
    press: Press,
    alice: User,
    bob: User,
    moderator: User,
) -> None:
    comfyui.faults.hang_in = "KSampler"
    interaction = await discord.slash("imagine", user=alice, prompt="a fox")
    await interaction.acknowledged()
    await until(lambda: bool(comfyui.executed))
    assert "not yours" in (await press(interaction.message, "Cancel", bob)).message.content
    await press(interaction.message, "Cancel", moderator)
    comfyui.faults.hang_in = None
    message = await interaction.message.until(lambda m: "Cancelled" in m.content, PATIENCE)
    assert f"<@{moderator.id}>" in message.content
    assert not message.state.mentioned


@pytest.mark.parametrize("direct", [False, True], ids=["another guild", "direct messages"])
async def test_a_job_of_another_place_is_reached_by_nothing(
    discord: DiscordStandIn, gallery: Guild, order: Order, alice: User, moderator: User, tmp_path: Path, direct: bool
) -> None:
    ours = await order(alice)
    (job_id,) = {str(button.custom_id).rpartition(":")[2] for button in ours.buttons}
    elsewhere = discord.direct(moderator) if direct else gallery.channels[0]
    planted = discord.plant(elsewhere, [f"darkroom:{word}:{job_id}" for word in WORDS])
    before = list(discord.messages())
    for button in planted.buttons:
        interaction = await discord.press(planted, str(button.custom_id), user=moderator)
        reply = await interaction.acknowledged()
        assert reply.ephemeral
        assert any(words in interaction.message.content for words in ("do not remember", "not yours"))
    assert list(discord.messages()) == before
    assert deleted_by(tmp_path) == [None]
